import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { ClientEvent } from '../../realtime/client-event.ts'
import { decode } from '../../realtime/decode.ts'
import { encode } from '../../realtime/encode.ts'
import type { ServerEvent } from '../../realtime/server-event.ts'
import { createMask, type Mask } from '../secret-mask.ts'
import { startDeadline } from '../time.ts'
import { networkErrorMessage, readRefusal } from './refusal.ts'
import { createSoundQueue } from './sound-queue.ts'
import { createUnconfirmedSound } from './unconfirmed-sound.ts'

/** How long the service may take to accept the connection by default, in ms. */
const HANDSHAKE_MS = 10_000
/** How long the service may take to answer our close frame, in ms. */
const CLOSE_MS = 2_000
/** How often the service is pinged, in ms: the caller's sound since the last sign of life is retained. */
const PING_EVERY_MS = 2_000
/** Silence after which the connection counts as dead, in ms: several unanswered pings. No longer than the caller's sound is retained. */
const SILENCE_MAX_MS = 15_000
/** The largest message from the service, in bytes. */
const MESSAGE_BYTES_MAX = 16 * 1_048_576
/** The most fragments of one message: as many as the largest has pages of 4 KiB. */
const FRAGMENTS_MAX = 4_096

/** What happens on a connection; `socket.closed` comes once, and last. */
export type SocketEvent =
  | { readonly type: 'socket.opened' }
  /** The HTTP answer to the upgrade; `socket.closed` follows. */
  | {
      readonly type: 'socket.refused'
      readonly status: number
      readonly message: string
      readonly retryAfterMs?: number
    }
  /**
   * Comes once, at the end; with 1006 and the network's error if the connection never opened or broke. `unheard` is the caller's sound sent
   * since the service's last sign of life, in bytes of the session's input format, of the turn not ended by hand since then; absent if
   * there is none.
   */
  | { readonly type: 'socket.closed'; readonly code: number; readonly reason: string; readonly unheard?: Uint8Array }
  | { readonly type: 'server'; readonly event: ServerEvent }
  /** The caller's sound that the connection was too slow for. */
  | { readonly type: 'audio.dropped'; readonly bytes: number }

/** Where to connect, and the listeners; times are in ms. */
export interface ServiceSocketOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly onEvent: (event: SocketEvent) => void
  /** Called for every frame that is not an event we know: `binary frame`, or the event's name. */
  readonly onIgnored?: (kind: string) => void
  readonly handshakeMs?: number
  readonly pingEveryMs?: number
  readonly silenceMaxMs?: number
}

interface ServiceSocket {
  /** Sends one event; does nothing unless the socket is open. If the connection is too slow, the oldest sound is dropped. */
  send(event: ClientEvent): void
  /** Sends a close frame, and ends the connection after 2 s without an answer. */
  close(): void
}

/** Opens a connection to the service. Never throws: failures come as `socket.closed`, without the key in their message. */
export function openServiceSocket(options: ServiceSocketOptions): ServiceSocket {
  const { onEvent, onIgnored } = options
  const mask = createMask(Object.values(options.headers).flatMap((value) => [value, ...value.split(' ').slice(1)]))
  const attempt = connect(options)
  if (attempt instanceof Error) {
    setImmediate(() => onEvent({ type: 'socket.closed', code: 1006, reason: mask(attempt.message) }))
    return { send() {}, close() {} }
  }
  const socket = attempt
  const { host } = new URL(options.url)

  const handshakeMs = options.handshakeMs ?? HANDSHAKE_MS
  const silenceMaxMs = options.silenceMaxMs ?? SILENCE_MAX_MS
  /** Why the connection ended, if we know better than the close frame. */
  let cause: string | null = null
  let stopTimers = startDeadline(handshakeMs, () => end(`no answer from ${host} within ${handshakeMs / 1000} s`))

  const sound = createSoundQueue({
    // Sound is only held back while much is waiting, so a callback is needed only if something is.
    send: (event) => socket.send(encode(event), { binary: false }, socket.bufferedAmount > 0 ? drain : undefined),
    waitingBytes: () => socket.bufferedAmount,
    onDropped: (bytes) => onEvent({ type: 'audio.dropped', bytes }),
  })
  const drain = () => sound.drain()
  const unconfirmedSound = createUnconfirmedSound()

  socket.on('open', () => {
    stopTimers()
    stopTimers = startKeepalive(socket, {
      pingEveryMs: options.pingEveryMs ?? PING_EVERY_MS,
      silenceMaxMs,
      onAlive: unconfirmedSound.confirmAll,
      onDead: end,
    })
    onEvent({ type: 'socket.opened' })
  })
  socket.on('unexpected-response', (_, response: IncomingMessage) => {
    stopTimers()
    void readRefusal(response).then((refusal) => {
      if (cause !== null) return
      onEvent({ type: 'socket.refused', ...refusal, message: mask(refusal.message) })
      end(`refused with HTTP ${refusal.status}`)
    })
  })
  socket.on('message', (data, isBinary) => {
    if (isBinary) return onIgnored?.('binary frame')
    const event = decode(String(data))
    if (event.type === 'unknown') onIgnored?.(event.name)
    else onEvent({ type: 'server', event: withoutSecrets(event, mask) })
  })
  socket.on('error', (error) => {
    cause ??= networkErrorMessage(error, host)
  })
  socket.on('close', (code, reason) => {
    stopTimers()
    const { bytes } = unconfirmedSound
    onEvent({
      type: 'socket.closed',
      code: cause === null ? code : 1006,
      reason: mask(cause ?? String(reason)),
      ...(bytes.byteLength > 0 && { unheard: bytes }),
    })
  })

  return {
    send(event) {
      unconfirmedSound.recordSent(event)
      if (socket.readyState === WebSocket.OPEN) sound.send(event)
    },
    close() {
      if (socket.readyState === WebSocket.CONNECTING) end('closed before it was open')
      else socket.close(1000)
    },
  }

  function end(why: string): void {
    cause ??= why
    socket.terminate()
  }
}

/** The service's URL with `key` and `protocol` added if missing; path and query stay. Throws if it is not a URL. */
export function serviceUrl(baseUrl: string, key: string): string {
  const url = new URL(baseUrl)
  if (!url.searchParams.has('key')) url.searchParams.set('key', key)
  if (!url.searchParams.has('protocol')) url.searchParams.set('protocol', 'realtime')
  return url.href
}

/** A key from the portal is base64 already, and is sent as it is. */
export function serviceHeaders(auth: 'basic' | 'bearer', apiKey: string): Record<string, string> {
  return { Authorization: `${auth === 'basic' ? 'Basic' : 'Bearer'} ${apiKey}` }
}

function connect({ url, headers }: ServiceSocketOptions): WebSocket | Error {
  const limits = { maxPayload: MESSAGE_BYTES_MAX, maxFragments: FRAGMENTS_MAX, closeTimeout: CLOSE_MS }
  try {
    return new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      followRedirects: false,
      generateMask: useZeroMask,
      ...limits,
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/**
 * Masking protects proxies from taking data that a page makes its browser send for a request (RFC 6455, 10.3). A connection to the service
 * uses TLS or stays on this machine, so no proxy reads it; a mask of zeros changes nothing, and saves copying each frame.
 */
function useZeroMask(mask: Buffer): void {
  mask.fill(0)
}

/** Pings, and calls `onDead` after a silence. Every frame counts as a sign of life. Returns a function that ends it. */
function startKeepalive(
  socket: WebSocket,
  {
    pingEveryMs,
    silenceMaxMs,
    onAlive,
    onDead,
  }: { pingEveryMs: number; silenceMaxMs: number; onAlive: () => void; onDead: (why: string) => void },
): () => void {
  let endLastWait = () => {}
  const pings = setInterval(() => socket.ping(), pingEveryMs)
  const silence = setTimeout(() => {
    // If this process stalled, no ping was sent meanwhile.
    socket.ping()
    endLastWait = startDeadline(pingEveryMs, () => onDead(`nothing was heard for ${silenceMaxMs / 1000} s`))
  }, silenceMaxMs - pingEveryMs)
  const onFrame = () => {
    silence.refresh()
    endLastWait()
    onAlive()
  }
  socket.on('message', onFrame).on('ping', onFrame).on('pong', onFrame)
  return () => {
    clearInterval(pings)
    clearTimeout(silence)
    endLastWait()
  }
}

/** The service may quote the key it refuses, wherever it gives a reason. */
function withoutSecrets(event: ServerEvent, mask: Mask): ServerEvent {
  switch (event.type) {
    case 'error':
      return { ...event, error: { ...event.error, message: mask(event.error.message) } }
    case 'conversation.item.input_audio_transcription.failed':
      return { ...event, message: mask(event.message) }
    case 'response.done': {
      const { error } = event.response
      if (error === undefined) return event
      return { ...event, response: { ...event.response, error: { ...error, message: mask(error.message) } } }
    }
    default:
      return event
  }
}
