import { on, once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { PageLink } from '../../src/channels/page/link.ts'
import { createPagePlayback } from '../../src/channels/page/playback.ts'
import { createSendWindow } from '../../src/channels/page/send-window.ts'
import { openPageServer } from '../../src/channels/page/server.ts'
import { CHANNEL_PATH, PIECE_HEAD_BYTES, PROTOCOL, readPiece } from '../../src/page/protocol.ts'

/** PCM16 at 24 kHz. */
const BYTES_PER_MS = 48
const open: (() => unknown)[] = []

afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A proxy to this port that passes on so many bytes per ms, and holds so many. Resolves with its own port. */
async function slowProxy(port: number, { bytesPerMs, bufferBytes }: { bytesPerMs: number; bufferBytes: number }) {
  const server = createServer((client) => {
    const runner = connect(port, '127.0.0.1')
    client.pipe(runner)
    let waiting = Buffer.alloc(0)
    let sentAt = performance.now()
    runner.on('data', (data) => {
      waiting = Buffer.concat([waiting, data])
      if (waiting.length >= bufferBytes) runner.pause()
    })
    const dripping = setInterval(() => {
      const now = performance.now()
      const bytes = Math.min(waiting.length, Math.floor((now - sentAt) * bytesPerMs))
      sentAt = now
      client.write(waiting.subarray(0, bytes))
      waiting = waiting.subarray(bytes)
      if (waiting.length < bufferBytes) runner.resume()
    }, 5)
    const end = () => {
      clearInterval(dripping)
      client.destroy()
      runner.destroy()
    }
    for (const socket of [client, runner]) socket.on('error', end).on('close', end)
    open.push(end)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => server.close())
  return (server.address() as { port: number }).port
}

/** The sound that still arrives after an order to fall silent, given once two seconds of twenty have arrived, in ms. */
async function heardAfterClear(options: Parameters<typeof slowProxy>[1]): Promise<number> {
  const ready = Promise.withResolvers<PageLink>()
  const onLink = ready.resolve
  const server = await openPageServer({ host: '127.0.0.1', port: 0, token: null, files: new Map(), onLink })
  if (typeof server === 'string') throw new Error(server)
  open.push(server.close)
  const socket = new WebSocket(`ws://127.0.0.1:${await slowProxy(server.port, options)}${CHANNEL_PATH}`)
  await once(socket, 'open')
  open.push(() => socket.terminate())
  socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL }))
  const playback = createPagePlayback({ format: 'pcm', rate: 24_000 }, () => {})
  playback.attach(await ready.promise)
  playback.play('story', new Uint8Array(20_000 * BYTES_PER_MS))
  let bytes = 0
  let bytesBefore = 0
  for await (const [message, isBinary] of on(socket, 'message')) {
    if (isBinary) bytes += message.byteLength
    else if (JSON.parse(String(message)).type === 'clear') break
    if (bytesBefore > 0 || bytes < 2_000 * BYTES_PER_MS) continue
    bytesBefore = bytes
    playback.clear()
  }
  playback.close()
  return (bytes - bytesBefore) / BYTES_PER_MS
}

test('over a slow connection the agent is heard for less than a second after a barge-in', async () => {
  expect(await heardAfterClear({ bytesPerMs: 64, bufferBytes: 128_000 })).toBeLessThan(1_150)
})

test('on a connection with one second of delay, sound arrives in real time', () => {
  const window = createSendWindow()
  const inFlight: { readonly payload: string | null; readonly arrivesAt: number }[] = []
  let bytes = 0
  for (let now = 0; now < 10_000; now += 10) {
    while (inFlight[0] !== undefined && inFlight[0].arrivesAt <= now)
      window.acknowledge(inFlight.shift()?.payload ?? '')
    for (; window.isOpen; bytes += 960) inFlight.push({ payload: window.countSent(960), arrivesAt: now + 1_000 })
  }
  expect(bytes).toBeGreaterThanOrEqual(10_000 * BYTES_PER_MS)
})

/** Whether a page has sound to play, for each 10 ms of a story that is sent at once over a connection with this round trip. */
function soundPerTick(storyMs: number, roundTripMs: number): readonly boolean[] {
  const window = createSendWindow()
  const arrivals: { readonly at: number; readonly act: () => void }[] = []
  let now = 0
  let ms = 0
  let lastPiece = 0
  const later = (after: number, act: () => void) => arrivals.push({ at: now + after, act })
  const playback = createPagePlayback({ format: 'pcm', rate: 24_000 }, () => {})
  const wire = {
    get canSendSound() {
      return window.isOpen
    },
    onCanSendSound: () => {},
    reportUnderrun: window.widen,
    send: () => {},
    sendSound(frame: Uint8Array) {
      const piece = readPiece(Uint8Array.from(frame).buffer)
      const payload = window.countSent(frame.byteLength)
      later(roundTripMs / 2, () => {
        ms += (frame.byteLength - PIECE_HEAD_BYTES) / BYTES_PER_MS
        lastPiece = piece?.piece ?? 0
      })
      later(roundTripMs, () => {
        if (payload !== null) window.acknowledge(payload)
        wire.onCanSendSound()
      })
    },
  }
  playback.attach(wire)
  playback.play('story', new Uint8Array(storyMs * BYTES_PER_MS))
  const ticks: boolean[] = []
  for (let left = storyMs; left > 0; now += 10) {
    for (const { act } of arrivals.filter(({ at }) => at === now)) act()
    const hasSound = ms > 0
    ticks.push(hasSound)
    if (!hasSound) continue
    left -= 10
    ms -= 10
    if (ms === 0)
      later(
        roundTripMs / 2,
        (
          (piece) => () =>
            playback.handleReport({ type: 'playback.drained', piece })
        )(lastPiece),
      )
  }
  playback.close()
  return ticks.slice(ticks.indexOf(true))
}

test('with a delay of 1.5 s, the agent pauses once, and then its sound arrives in real time', () => {
  const ticks = soundPerTick(20_000, 1_500)
  const lastStop = ticks.lastIndexOf(false)
  expect(lastStop * 10).toBeLessThan(4_000)
  expect(ticks.filter((hasSound) => !hasSound).length * 10).toBeLessThan(1_000)
})
