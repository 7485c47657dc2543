import { EventEmitter, once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/server.ts'
import { openServiceSocket, serviceHeaders, serviceUrl } from '../../src/io/service/service-socket.ts'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import type { Time } from '../../src/runner/conversation/time.ts'
import { openConversation } from '../../src/runner/conversation.ts'
import { createFrontSound } from '../../src/runner/fronts/front-sound.ts'
import type { CallerEvent, ConnectionEvent } from '../../src/session/event.ts'
import type { Report } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

/** How long the emulator's sessions live, in s, and when the next one takes over, in ms. */
const LIFE_S = 3_600
const ROLL_OVER_MS = 0.8 * LIFE_S * 1_000
/** Bytes of one frame: 60 ms of PCM16 at 24 kHz. */
const FRAME_BYTES = 2_880

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test('sessions roll over without a gap: caller frames go out at once, in order, and the last 0.6 s go to both', async () => {
  const { emulator, connections, conversation, reported, time, frames, dispatch, until } = await begin()
  await reported('session.ready')
  dispatch({ type: 'caller.text', text: 'what can you do?' })
  await reported('agent.transcript')
  const count = { sent: 0, stop: false }
  const speaking = stream(count, dispatch, () => new Set(frames()).size)

  time.forward(ROLL_OVER_MS)
  expect(await reported('session.ready')).toMatchObject({ gap_ms: 0 })
  const before = count.sent
  await until(() => count.sent >= before + 20)
  count.stop = true
  await speaking

  expect(connections).toHaveLength(2)
  const [first = [], second = []] = connections.map(({ sent }) => numbers(sent))
  expect([first.length > 0, second.length > 0]).toEqual([true, true])
  const again = second.filter((frame) => first.includes(frame))
  expect(again).toEqual(first.slice(-10))
  expect([...first.slice(0, -10), ...second]).toEqual(Array.from({ length: count.sent }, (_, index) => index))

  const items = connections[1]?.sent.flatMap((event) => (event.type === 'conversation.item.create' ? [event.item] : []))
  expect(items).toMatchObject([
    { role: 'user', content: [{ text: 'what can you do?' }] },
    { role: 'assistant', content: [{ type: 'output_text' }] },
  ])
  await until(() => emulator.connections.length === 1)

  dispatch({ type: 'caller.text', text: 'and now?' })
  await reported('agent.transcript')
  expect(connections[0]?.sent.at(-1)?.type).toBe('input_audio_buffer.append')
  conversation.stop(false)
  await reported('session.closed')
})

test('events of the replaced connection are ignored, its close included', async () => {
  const { connections, conversation, reported, time, reports } = await begin()
  await reported('session.ready')
  time.forward(ROLL_OVER_MS)
  await reported('session.ready')
  const count = reports.length
  const late = {
    type: 'conversation.item.input_audio_transcription.completed',
    item_id: 'u',
    transcript: 'late',
  } as const
  connections[0]?.hear({ type: 'server', event: late })
  connections[0]?.hear({ type: 'socket.closed', code: 1006, reason: 'late' })
  expect([reports.length, conversation.isOver]).toEqual([count, false])
})

test('if the next session cannot connect, the current one goes on and the attempt is repeated', async () => {
  const { emulator, connections, reported, time, dispatch } = await begin()
  await reported('session.ready')
  emulator.setFaults({ refuseUpgrade: { status: 503, times: 1 } })
  time.forward(ROLL_OVER_MS)
  expect(await reported('warning')).toMatchObject({
    message: expect.stringMatching(/this one goes on: .*503.*trying again/),
  })
  dispatch({ type: 'caller.text', text: 'are you there?' })
  await reported('agent.transcript')
  expect(await reported('session.ready')).toMatchObject({ gap_ms: 0 })
  expect(connections).toHaveLength(3)
})

test('a conversation that ends while the next session is prepared closes both connections', async () => {
  const { emulator, connections, conversation, reported, time, until } = await begin()
  await reported('session.ready')
  emulator.setFaults({ ignoreUpdates: 1 })
  time.forward(ROLL_OVER_MS)
  await until(() => connections[1]?.sent.some(({ type }) => type === 'session.update') ?? false)
  conversation.stop(false)
  await reported('session.closed')
  await until(() => emulator.connections.length === 0)
})

/** Says numbered frames of near silence, faster than in real time, and checks that each goes out at once. */
async function stream(
  count: { sent: number; stop: boolean },
  dispatch: (event: CallerEvent) => void,
  sentFrames: () => number,
): Promise<void> {
  while (!count.stop) {
    const audio = new Uint8Array(FRAME_BYTES)
    new DataView(audio.buffer).setUint16(0, count.sent, true)
    dispatch({ type: 'caller.audio', audio })
    count.sent += 1
    if (sentFrames() !== count.sent) throw new Error(`of ${count.sent} frames ${sentFrames()} have gone out`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function numbers(sent: readonly ClientEvent[]): readonly number[] {
  return sent.flatMap((event) =>
    event.type === 'input_audio_buffer.append' ? [Buffer.from(event.audio).readUInt16LE(0)] : [],
  )
}

interface Connection {
  readonly sent: ClientEvent[]
  readonly hear: (event: ConnectionEvent) => void
}

/** A conversation with the emulator over real sockets, whose clock can be set forward. */
async function begin() {
  const events = new EventEmitter()
  const emulator: Emulator = await startEmulator({
    voice: 'hum',
    expiresAfterS: LIFE_S,
    log: () => events.emit('events'),
  })
  cleanups.push(() => emulator.close())
  const connections: Connection[] = []
  const reports: Report[] = []
  const time = createTime()
  let seen = 0
  const dispatch = (event: CallerEvent): void => conversation.dispatch(event)
  const conversation = openConversation(
    { name: 'main', generation: { number: 1, agent: agentWith() } },
    {
      connect(_, onEvent) {
        const sent: ClientEvent[] = []
        connections.push({ sent, hear: onEvent })
        const url = serviceUrl(emulator.url, `test-${connections.length}`)
        const socket = openServiceSocket({ url, headers: serviceHeaders('basic', 'a2V5'), onEvent })
        return {
          send(event) {
            sent.push(event)
            events.emit('events')
            socket.send(event)
          },
          close: socket.close,
        }
      },
      runTool: () => ({ finished: Promise.resolve({ status: 'ok', output: '' }), cancel() {} }),
      useServers() {},
      sound: createFrontSound({ heardBy: 'printed', emit: (event) => dispatch(event) }),
      onReport(report) {
        reports.push(report)
        events.emit('events')
      },
      onRest() {},
      onClosed() {},
    },
    time,
  )
  cleanups.push(() => conversation.stop(false))

  /** The next report of a type, after the one that was waited for last. */
  async function reported(type: Report['type']): Promise<Report> {
    const isNext = (report: Report, index: number) => index >= seen && report.type === type
    await until(() => reports.some(isNext))
    seen = reports.findIndex(isNext) + 1
    return reports[seen - 1] as Report
  }

  /** Checks again whenever something is sent, reported, or logged by the emulator. */
  async function until(isMet: () => boolean): Promise<void> {
    while (!isMet()) await once(events, 'events')
  }

  const frames = () => connections.flatMap(({ sent }) => numbers(sent))
  return { emulator, connections, conversation, reported, until, time, frames, dispatch, reports }
}

/** The system's time, but for what was skipped of it. */
function createTime(): Time & { forward(ms: number): void } {
  let skipped = 0
  const due = new Set<{ readonly at: number; arm(): void; clear(): void }>()
  const now = () => performance.timeOrigin + performance.now() + skipped

  return {
    now,
    wallClockOffset: () => 0,
    after(ms, callback) {
      const at = now() + ms
      let timeout: NodeJS.Timeout | undefined
      const entry = {
        at,
        arm() {
          clearTimeout(timeout)
          timeout = setTimeout(
            () => {
              due.delete(entry)
              callback()
            },
            Math.max(0, at - now()),
          )
        },
        clear() {
          clearTimeout(timeout)
          due.delete(entry)
        },
      }
      due.add(entry)
      entry.arm()
      return entry.clear
    },
    forward(ms) {
      skipped += ms
      for (const entry of due) entry.arm()
    },
  }
}
