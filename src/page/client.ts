import { channelAddress } from './client/channel-address.ts'
import { createLateness } from './client/lateness.ts'
import { createPlayback, type Played, type Speaker } from './client/playback.ts'
import { createReader } from './client/reader.ts'
import { createRetries, type Retry } from './client/retries.ts'
import { createSoundInFlight } from './client/sound-in-flight.ts'
import { createUnacknowledged, newLineId } from './client/unacknowledged.ts'
import {
  type ChannelReport,
  CLOSED_FOR_GOOD,
  type ClientMessage,
  type Heard,
  type Piece,
  PROTOCOL,
  type ServerMessage,
  SILENCE_MS,
} from './protocol.ts'

/**
 * Connects to a runner over its channel, from a browser or from Node, without any dependency. It reconnects when the connection is lost,
 * finds the same conversation again, resends what was typed meanwhile, and reports what was played.
 */
export function connect(options: ClientOptions): Client {
  let socket: WebSocket | null = null
  let token = options.token
  let secret = options.resume ?? null
  let isOpen = false
  const retries = createRetries(options.triesForMs)
  const parse = options.parse ?? JSON.parse
  /** Ends the silence that is allowed on a connection; without one, the wait for the next attempt. */
  let timer: ReturnType<typeof setTimeout> | undefined
  const unacknowledged = createUnacknowledged()
  const soundInFlight = createSoundInFlight()
  const lateness = createLateness()
  const playback = createPlayback(options.speaker ?? createReader(), (message) => {
    if (isOpen) send(message)
  })

  function dial(): void {
    const attempt = new WebSocket(options.url ?? channelAddress())
    socket = attempt
    attempt.binaryType = 'arraybuffer'
    for (const tracker of [playback, soundInFlight, lateness]) tracker.reset()
    restartSilenceTimer(attempt)
    attempt.onopen = async () => {
      // The rest of the sound is sent again: this reports what was played of it meanwhile, and drops the rest here.
      const heard = secret === null ? [] : await playback.clear()
      const known = { ...(secret === null ? {} : { resume: secret }), ...(token === undefined ? {} : { token }) }
      if (attempt === socket) send({ type: 'hello', protocol: PROTOCOL, heard, ...known })
    }
    attempt.onmessage = ({ data }) => {
      if (attempt !== socket) return
      if (timer !== undefined) restartSilenceTimer(attempt)
      if (typeof data === 'string') handle(parse(data) as ServerMessage)
      else playback.play(data as ArrayBuffer)
    }
    attempt.onclose = ({ code, reason }) => {
      if (attempt === socket) onLost(code, reason)
    }
    options.onState({ phase: 'connecting' })
  }

  /** Waits for the next message. A broken connection may never close: from a runner that sends `alive`, silence counts as a loss. */
  function restartSilenceTimer(attempt: WebSocket): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      attempt.close()
      if (attempt === socket) onLost(1006, '')
    }, SILENCE_MS)
  }

  function stopTimer(): void {
    clearTimeout(timer)
    timer = undefined
  }

  function handle(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        retries.reset()
        isOpen = false
        // Until the runner has sent `alive`: older ones never do.
        stopTimer()
        if (message.resumes) break
        secret = null
        unacknowledged.clear()
        options.onMessage(message)
        return socket === null ? undefined : options.onState({ phase: 'ready' })
      case 'opened':
        isOpen = true
        secret = message.resume
        for (const pending of unacknowledged.takeResends(message.taken ?? null)) send(pending)
        options.onState({ phase: 'talking' })
        break
      case 'taken':
      case 'refused':
        if (message.id !== undefined) unacknowledged.remove(message.id)
        break
      case 'alive':
        if (socket !== null) restartSilenceTimer(socket)
        soundInFlight.acknowledge(message.sound)
        lateness.addArrival(message.at, performance.now())
        break
      case 'sound':
        soundInFlight.setRate(message.input_rate)
        playback.handle(message)
        break
      default:
        playback.handle(message)
    }
    options.onMessage(message)
  }

  function forgetSocket(): void {
    socket = null
    isOpen = false
    stopTimer()
  }

  function onLost(code: number, reason: string): void {
    forgetSocket()
    const next = CLOSED_FOR_GOOD.includes(code) ? null : retries.next(Date.now())
    if (next === null) {
      secret = null
      unacknowledged.clear()
      return options.onState({ phase: 'closed', code, reason })
    }
    timer = setTimeout(dial, next.ms)
    options.onState({ phase: 'waiting', ...next, code, reason })
  }

  function send(message: ClientMessage): boolean {
    if (socket === null || socket.readyState !== WebSocket.OPEN) return false
    socket.send(JSON.stringify(message))
    return true
  }

  dial()
  return {
    open: (agent) => send({ type: 'open', ...(agent === undefined ? {} : { agent }) }),
    text(text, id = newLineId()) {
      const line = { type: 'text', text, id } as const
      if (!isOpen || socket?.readyState !== WebSocket.OPEN) return false
      return unacknowledged.has(id) || (unacknowledged.add(line) && send(line))
    },
    commit: () => isOpen && send({ type: 'commit' }),
    press: () => isOpen && send({ type: 'press' }),
    interrupt() {
      if (!isOpen && secret !== null) unacknowledged.interrupt()
      return isOpen && send({ type: 'interrupt' })
    },
    pause: () => isOpen && send({ type: 'pause' }),
    hold: () => isOpen && send({ type: 'hold' }),
    resume: () => isOpen && send({ type: 'resume' }),
    end() {
      if (isOpen) unacknowledged.end()
      return isOpen && send({ type: 'end' })
    },
    sound(samples) {
      if (!isOpen || socket?.readyState !== WebSocket.OPEN || soundInFlight.isFull(socket.bufferedAmount)) return false
      socket.send(samples)
      soundInFlight.addSent(samples.byteLength)
      return true
    },
    get underwayBytes() {
      return soundInFlight.bytes
    },
    get lateMs() {
      return lateness.ms
    },
    again(newToken) {
      if (newToken !== undefined) token = newToken
      if (socket !== null) return
      retries.reset()
      dial()
    },
    leave() {
      if (socket === null && timer === undefined) return
      socket?.close(1000, 'left')
      forgetSocket()
      options.onState({ phase: 'closed', code: 1000, reason: 'left' })
    },
  }
}

export interface ClientOptions {
  /** `ws://host:port/channel`; by default, beside this page. */
  readonly url?: string
  /** The token that `--token` requires. */
  readonly token?: string
  /** Secret of a conversation to continue, as given by `opened`. */
  readonly resume?: string
  /** How long to try to reconnect, in ms: every 15 s after the first 50 s; 50 s by default. */
  readonly triesForMs?: number
  /** Parses a message; `JSON.parse` by default, which rounds long numbers in the arguments of a call. */
  readonly parse?: (text: string) => unknown
  /** Plays the agent; without one, what arrives counts as heard, as in a text terminal. */
  readonly speaker?: Speaker
  readonly onState: (state: ConnectionState) => void
  /** Called for every message; sound is not among them. */
  readonly onMessage: (message: ServerMessage) => void
}

export type ConnectionState =
  | { readonly phase: 'connecting' }
  /** Connected; no conversation is open yet. */
  | { readonly phase: 'ready' }
  | { readonly phase: 'talking' }
  /** Lost; tried again after `ms`. */
  | ({ readonly phase: 'waiting'; readonly code: number; readonly reason: string } & Retry)
  /** Not tried again until `again()`. */
  | { readonly phase: 'closed'; readonly code: number; readonly reason: string }

/** Each method that sends something returns false if it could not be sent. */
export interface Client {
  /** Opens a conversation, with the first agent if none is named. */
  open(agent?: string): boolean
  /**
   * Sends a typed turn. A line the runner has not received when the connection is lost is sent again once the conversation is found; its
   * report has the `id` as `typed_id`. With the `id` of a line not acknowledged yet, it is that line.
   */
  text(text: string, id?: string): boolean
  /** Sends one piece of the caller's sound: PCM16 at the last `sound` message's rate. Refused while 12 s, or 576,000 bytes, are underway. */
  sound(samples: Int16Array<ArrayBuffer>): boolean
  /** The caller's sound that had not arrived at the runner's last `alive`, in bytes: if it is much, the connection is too slow. */
  readonly underwayBytes: number
  /** How late the runner's last `alive` came, in ms. If it is much, the agent's sound and the order to fall silent are late too. */
  readonly lateMs: number
  /** Ends a spoken turn, for agents with manual turn detection. */
  commit(): boolean
  /** Begins a spoken turn, for agents with manual turn detection. */
  press(): boolean
  /** Silences the agent; if the connection is lost, as soon as the conversation is found again. */
  interrupt(): boolean
  /** Stops the caller's sound until `resume()`; with `hold`, the agent's as well. */
  pause(): boolean
  hold(): boolean
  resume(): boolean
  /** Ends the conversation; if the connection is lost before that, as soon as it is found again. */
  end(): boolean
  /** Reconnects after a close, or at once instead of later. */
  again(token?: string): void
  /** Closes the connection at once, and stops trying. The conversation waits a while: `again()` finds it again. */
  leave(): void
}

// `runner/client` exports only this file, so the protocol's types and the reader's speaker are exported here too.
export type { ChannelReport, ClientMessage, Heard, Piece, Played, ServerMessage, Speaker }
export { createReader, newLineId }
