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

/** A line down which so much goes each second, and on which so much waits. */
async function line(port: number, { bytesPerMs, bufferBytes }: { bytesPerMs: number; bufferBytes: number }) {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    near.pipe(far)
    let waiting = Buffer.alloc(0)
    let sentAt = performance.now()
    far.on('data', (data) => {
      waiting = Buffer.concat([waiting, data])
      if (waiting.length >= bufferBytes) far.pause()
    })
    const drops = setInterval(() => {
      const now = performance.now()
      const bytes = Math.min(waiting.length, Math.floor((now - sentAt) * bytesPerMs))
      sentAt = now
      near.write(waiting.subarray(0, bytes))
      waiting = waiting.subarray(bytes)
      if (waiting.length < bufferBytes) far.resume()
    }, 5)
    const end = () => {
      clearInterval(drops)
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('error', end).on('close', end)
    open.push(end)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => server.close())
  return (server.address() as { port: number }).port
}

/** What comes over a line after an order to fall silent, once two seconds of twenty have come, in ms of sound. */
async function heardAfterClear(given: Parameters<typeof line>[1]): Promise<number> {
  const ready = Promise.withResolvers<PageLink>()
  const onLink = ready.resolve
  const server = await openPageServer({ host: '127.0.0.1', port: 0, token: null, files: new Map(), onLink })
  if (typeof server === 'string') throw new Error(server)
  open.push(server.close)
  const socket = new WebSocket(`ws://127.0.0.1:${await line(server.port, given)}${CHANNEL_PATH}`)
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
  const room = createSendWindow()
  const underway: { readonly words: string | null; readonly comesAt: number }[] = []
  let bytes = 0
  for (let now = 0; now < 10_000; now += 10) {
    while (underway[0] !== undefined && underway[0].comesAt <= now) room.acknowledge(underway.shift()?.words ?? '')
    for (; room.isOpen; bytes += 960) underway.push({ words: room.countSent(960), comesAt: now + 1_000 })
  }
  expect(bytes).toBeGreaterThanOrEqual(10_000 * BYTES_PER_MS)
})

/** What a page has to play in each 10 ms of a story that comes at once, over a line that answers so late: true where that is something. */
function played(storyMs: number, answersMs: number): readonly boolean[] {
  const room = createSendWindow()
  const comes: { readonly at: number; readonly what: () => void }[] = []
  let now = 0
  let ms = 0
  let last = 0
  const later = (after: number, what: () => void) => comes.push({ at: now + after, what })
  const playback = createPagePlayback({ format: 'pcm', rate: 24_000 }, () => {})
  const wire = {
    get canSendSound() {
      return room.isOpen
    },
    onCanSendSound: () => {},
    reportUnderrun: room.widen,
    send: () => {},
    sendSound(frame: Uint8Array) {
      const piece = readPiece(Uint8Array.from(frame).buffer)
      const words = room.countSent(frame.byteLength)
      later(answersMs / 2, () => {
        ms += (frame.byteLength - PIECE_HEAD_BYTES) / BYTES_PER_MS
        last = piece?.piece ?? 0
      })
      later(answersMs, () => {
        if (words !== null) room.acknowledge(words)
        wire.onCanSendSound()
      })
    },
  }
  playback.attach(wire)
  playback.play('story', new Uint8Array(storyMs * BYTES_PER_MS))
  const ticks: boolean[] = []
  for (let left = storyMs; left > 0; now += 10) {
    for (const { what } of comes.filter(({ at }) => at === now)) what()
    const isSome = ms > 0
    ticks.push(isSome)
    if (!isSome) continue
    left -= 10
    ms -= 10
    if (ms === 0)
      later(
        answersMs / 2,
        (
          (piece) => () =>
            playback.handleReport({ type: 'playback.drained', piece })
        )(last),
      )
  }
  playback.close()
  return ticks.slice(ticks.indexOf(true))
}

test('with a delay of 1.5 s, the agent pauses once, and then its sound arrives in real time', () => {
  const ticks = played(20_000, 1_500)
  const lastStop = ticks.lastIndexOf(false)
  expect(lastStop * 10).toBeLessThan(4_000)
  expect(ticks.filter((isSome) => !isSome).length * 10).toBeLessThan(1_000)
})
