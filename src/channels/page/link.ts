import type { RawData, WebSocket } from 'ws'
import { ALIVE_MS, CLOSE, type ClientMessage, PROTOCOL, type ServerMessage } from '../../page/protocol.ts'
import { isSameSecret } from './guard.ts'
import { parsePageMessage } from './message.ts'
import { createRateLimit } from './rate-limit.ts'
import { createSendWindow } from './send-window.ts'

/** One connection of a page, after its hello. */
export interface PageLink {
  send(message: ServerMessage): void
  sendSound(frame: Uint8Array): void
  /** Whether sound may be sent: more would delay the order to fall silent. `onCanSendSound` is called when it may be again. */
  readonly canSendSound: boolean
  /** The client has played all it received while more was held back. */
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

interface LinkOptions {
  /** The token a client must send; null if only this machine can connect. */
  readonly token: string | null
  /** Called when a hello was accepted. */
  readonly onReady: (link: PageLink, hello: Hello) => void
  /** How often a client is pinged, in ms. One that gives no sign until the next ping is gone. */
  readonly pingMs: number | undefined
}

export type Hello = Extract<ClientMessage, { type: 'hello' }>

/** How long a client may take to say hello, in ms. */
const HELLO_TIMEOUT_MS = 5_000
/** The largest frame from a client, in bytes: the longest typed turn with every character escaped, or two seconds of PCM16 at 48 kHz. */
export const FRAME_BYTES_MAX = 262_144
/**
 * Frames a client may send: three times as many per second as its sound has, since it also reports what it played, and a reserve for a page
 * that was held up.
 */
const FRAMES_PER_SECOND = 150
const FRAMES_BURST = 600
/** Bytes a client may send: PCM16 at 48 kHz at twice the speed of speech, and a reserve of ten seconds. */
const BYTES_PER_SECOND = 192_000
const BYTES_BURST = 960_000
/** The most bytes that may wait for a client that does not read: one that returns gets its whole history at once. */
const UNSENT_BYTES_MAX = 8_000_000
/** How often a client is pinged by default, in ms. */
const PING_MS = 10_000

/** Speaks the channel protocol on one socket: hello, limits, and a reason for every close. */
export function openLink(socket: WebSocket, { token, onReady, pingMs = PING_MS }: LinkOptions): void {
  const frames = createRateLimit(FRAMES_PER_SECOND, FRAMES_BURST)
  const bytes = createRateLimit(BYTES_PER_SECOND, BYTES_BURST)
  const window = createSendWindow()
  let isReady = false
  let soundBytes = 0
  let lastSeenAt = performance.now()
  let pingedAt = lastSeenAt
  const helloTimer = setTimeout(() => close(CLOSE.noHello, `no hello within ${HELLO_TIMEOUT_MS} ms`), HELLO_TIMEOUT_MS)
  // Behind what has come by then: where this process stood still, the answer to the last one is read first.
  const pingTimer = setTimeout(() => setImmediate(ping), pingMs)
  const heartbeat = setInterval(() => isReady && sendAlive(), ALIVE_MS)
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
  socket.on('pong', (payload: Buffer) => {
    lastSeenAt = performance.now()
    window.acknowledge(payload.toString())
    link.onCanSendSound()
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    clearTimeout(helloTimer)
    clearTimeout(pingTimer)
    clearInterval(heartbeat)
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
    if (!isBinary) return handleText(frame.toString())
    if (!isReady) return close(CLOSE.badMessage, 'sound before hello')
    soundBytes += frame.byteLength
    link.onSound(frame)
  }

  function handleText(text: string): void {
    const parsed = parsePageMessage(text)
    if (!parsed.ok) {
      if (isReady)
        return send({ type: 'refused', message: parsed.message, ...(parsed.id === undefined ? {} : { id: parsed.id }) })
      return close(CLOSE.badMessage, parsed.message)
    }
    const { message } = parsed
    if (message.type === 'hello') return handleHello(message)
    if (!isReady) return close(CLOSE.badMessage, 'the first message must be a hello')
    link.onMessage(message)
  }

  function handleHello(hello: Hello): void {
    const { protocol, token: givenToken } = hello
    if (isReady) return send({ type: 'refused', message: 'one hello is enough' })
    if (protocol !== PROTOCOL)
      return close(CLOSE.badMessage, `protocol ${protocol} is not spoken here, ${PROTOCOL} is: reload the page`)
    if (token !== null && !isSameSecret(givenToken ?? '', token))
      return close(CLOSE.badToken, givenToken === undefined ? 'a token is wanted' : 'the token is wrong')
    clearTimeout(helloTimer)
    isReady = true
    onReady(link, hello)
    sendAlive()
  }

  function sendAlive(): void {
    send({ type: 'alive', sound: soundBytes, at: Math.round(performance.now()) })
  }

  function send(message: ServerMessage): void {
    write(JSON.stringify(message))
  }

  function sendSound(frame: Uint8Array): void {
    write(frame)
    const payload = window.countSent(frame.byteLength)
    if (payload !== null && socket.readyState === socket.OPEN) socket.ping(payload)
  }

  function write(frame: string | Uint8Array): void {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > UNSENT_BYTES_MAX) return close(CLOSE.tooSlow, 'what was sent was not read in time')
    socket.send(frame)
  }

  function close(code: number, reason: string): void {
    clearTimeout(helloTimer)
    if (socket.readyState === socket.OPEN) socket.close(code, shortenReason(reason))
  }

  function ping(): void {
    if (lastSeenAt < pingedAt) return socket.terminate()
    pingedAt = performance.now()
    socket.ping()
    pingTimer.refresh()
  }
}

/** The longest reason of a close, in bytes (RFC 6455). */
const REASON_BYTES_MAX = 123

function shortenReason(reason: string): string {
  let text = reason
  while (Buffer.byteLength(text) > REASON_BYTES_MAX) text = text.slice(0, -1)
  return text
}
