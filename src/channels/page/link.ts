import type { RawData, WebSocket } from 'ws'
import { ALIVE_MS, CLOSE, type ClientMessage, PROTOCOL, type ServerMessage } from '../../page/protocol.ts'
import { isSame } from './guard.ts'
import { readPageMessage } from './message.ts'
import { createRateLimit } from './rate-limit.ts'
import { createSendWindow } from './send-window.ts'

/** One connection of a page, after its hello. */
export interface PageLink {
  send(message: ServerMessage): void
  sendSound(frame: Uint8Array): void
  /** Whether sound may be sent: more would delay the order to fall silent. `onCanSendSound` is called when it may be again. */
  readonly canSendSound: boolean
  /** The client has played all it received while there was no room for more. */
  reportUnderrun(): void
  close(code: number, reason: string): void
  /** When the client last gave a sign, by `performance.now()`: its loss is noticed only later. */
  readonly lastSeenAt: number
  /** Set by whoever takes the connection. */
  onMessage: (message: Exclude<ClientMessage, { type: 'hello' }>) => void
  onSound: (sound: Uint8Array) => void
  onCanSendSound: () => void
  onClosed: () => void
}

export interface LinkOptions {
  /** The token a client must send; null if only this machine can connect. */
  readonly token: string | null
  /** Called when a hello was accepted. */
  readonly onReady: (link: PageLink, hello: Hello) => void
  /** How often a client is pinged, in ms. One that gives no sign until the next ping is gone. */
  readonly pingMs?: number
}

export type Hello = Extract<ClientMessage, { type: 'hello' }>

/** How long a client may take to say hello, in ms. */
const HELLO_MS = 5_000
/** The largest frame from a client, in bytes: the longest typed turn with every character escaped, or two seconds of PCM16 at 48 kHz. */
export const FRAME_BYTES_MAX = 262_144
/** Frames a client may send: three times as many per second as its sound has, since it also reports what it played, and a reserve for a page that was held up. */
const FRAMES_PER_SECOND = 150
const FRAMES_AT_ONCE = 600
/** Bytes a client may send: PCM16 at 48 kHz at twice the speed of speech, and a reserve of ten seconds. */
const BYTES_PER_SECOND = 192_000
const BYTES_AT_ONCE = 960_000
/** The most bytes that may wait for a client that does not read: one that returns gets its whole history at once. */
const UNSENT_BYTES_MAX = 8_000_000
/** How often a client is pinged by default, in ms. */
const PING_MS = 10_000

/** Speaks the channel protocol on one socket: hello, limits, and a reason for every close. */
export function openLink(socket: WebSocket, { token, onReady, pingMs = PING_MS }: LinkOptions): void {
  const frames = createRateLimit(FRAMES_PER_SECOND, FRAMES_AT_ONCE)
  const bytes = createRateLimit(BYTES_PER_SECOND, BYTES_AT_ONCE)
  const window = createSendWindow()
  let isReady = false
  let soundBytes = 0
  let lastSeenAt = performance.now()
  let pingedAt = lastSeenAt
  const helloLimit = setTimeout(() => close(CLOSE.noHello, `no hello within ${HELLO_MS} ms`), HELLO_MS)
  // Behind what has come by then: where this process stood still, the answer to the last one is read first.
  const pings = setTimeout(() => setImmediate(ping), pingMs)
  const signs = setInterval(() => isReady && sayAlive(), ALIVE_MS)
  const link: PageLink = {
    send,
    sendSound,
    close,
    get canSendSound() {
      return window.isOpen
    },
    reportUnderrun: window.widen,
    get lastSeenAt() {
      return lastSeenAt
    },
    onMessage: () => {},
    onSound: () => {},
    onCanSendSound: () => {},
    onClosed: () => {},
  }

  socket.on('message', receive)
  socket.on('pong', (words: Buffer) => {
    lastSeenAt = performance.now()
    window.acknowledge(words.toString())
    link.onCanSendSound()
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    clearTimeout(helloLimit)
    clearTimeout(pings)
    clearInterval(signs)
    link.onClosed()
  })

  function receive(data: RawData, isBinary: boolean): void {
    if (socket.readyState !== socket.OPEN) return
    lastSeenAt = performance.now()
    const frame = data as Buffer
    if (frame.byteLength > FRAME_BYTES_MAX)
      return close(CLOSE.tooFast, `a frame of ${frame.byteLength} bytes; at most ${FRAME_BYTES_MAX} are taken`)
    if (!frames.tryTake(1)) return close(CLOSE.tooFast, `more than ${FRAMES_PER_SECOND} frames a second`)
    if (!bytes.tryTake(frame.byteLength)) return close(CLOSE.tooFast, `more than ${BYTES_PER_SECOND} bytes a second`)
    if (!isBinary) return take(frame.toString())
    if (!isReady) return close(CLOSE.badMessage, 'sound before hello')
    soundBytes += frame.byteLength
    link.onSound(frame)
  }

  function take(text: string): void {
    const read = readPageMessage(text)
    if (!read.ok) {
      if (isReady)
        return send({ type: 'refused', message: read.message, ...(read.id === undefined ? {} : { id: read.id }) })
      return close(CLOSE.badMessage, read.message)
    }
    const { message } = read
    if (message.type === 'hello') return greet(message)
    if (!isReady) return close(CLOSE.badMessage, 'the first message must be a hello')
    link.onMessage(message)
  }

  function greet(hello: Hello): void {
    const { protocol, token: shown } = hello
    if (isReady) return send({ type: 'refused', message: 'one hello is enough' })
    if (protocol !== PROTOCOL)
      return close(CLOSE.badMessage, `protocol ${protocol} is not spoken here, ${PROTOCOL} is: reload the page`)
    if (token !== null && !isSame(shown ?? '', token))
      return close(CLOSE.badToken, shown === undefined ? 'a token is wanted' : 'the token is wrong')
    clearTimeout(helloLimit)
    isReady = true
    onReady(link, hello)
    sayAlive()
  }

  function sayAlive(): void {
    send({ type: 'alive', sound: soundBytes, at: Math.round(performance.now()) })
  }

  function send(message: ServerMessage): void {
    push(JSON.stringify(message))
  }

  function sendSound(frame: Uint8Array): void {
    push(frame)
    const words = window.countSent(frame.byteLength)
    if (words !== null && socket.readyState === socket.OPEN) socket.ping(words)
  }

  function push(frame: string | Uint8Array): void {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > UNSENT_BYTES_MAX) return close(CLOSE.tooSlow, 'what was sent was not read in time')
    socket.send(frame)
  }

  function close(code: number, reason: string): void {
    clearTimeout(helloLimit)
    if (socket.readyState === socket.OPEN) socket.close(code, shortened(reason))
  }

  function ping(): void {
    if (lastSeenAt < pingedAt) return socket.terminate()
    pingedAt = performance.now()
    socket.ping()
    pings.refresh()
  }
}

/** The longest reason of a close, in bytes (RFC 6455). */
const REASON_BYTES_MAX = 123

function shortened(reason: string): string {
  let text = reason
  while (Buffer.byteLength(text) > REASON_BYTES_MAX) text = text.slice(0, -1)
  return text
}
