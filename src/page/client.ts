import { addressOfPage } from './client/channel-address.ts'
import { createHearing, type Played, type Speaker } from './client/hearing.ts'
import { createLateness } from './client/lateness.ts'
import { createReader } from './client/reader.ts'
import { createRetries } from './client/retries.ts'
import { createSoundUnderway } from './client/sound-underway.ts'
import { createUnsaid, newLineId } from './client/unsaid.ts'
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
 * Talks to a runner over its channel, from a browser or from Node, without any dependency. It connects, connects again when the
 * connection is lost, finds the same conversation again, says again what was typed meanwhile, and keeps the books of what was played.
 */
export function connect(options: ClientOptions): Client {
  let socket: WebSocket | null = null
  let token = options.token
  let secret = options.resume ?? null
  let isOpen = false
  let isLeft = false
  const retries = createRetries(options.triesForMs)
  let retry: ReturnType<typeof setTimeout> | undefined
  let patience: ReturnType<typeof setTimeout> | undefined
  const unsaid = createUnsaid()
  const underway = createSoundUnderway()
  const lateness = createLateness()
  const hearing = createHearing(options.speaker ?? createReader(), (message) => {
    if (isOpen) send(message)
  })

  function dial(): void {
    options.onState({ phase: 'connecting' })
    const mine = new WebSocket(options.url ?? addressOfPage())
    socket = mine
    mine.binaryType = 'arraybuffer'
    for (const books of [hearing, underway, lateness]) books.begin()
    wait(mine)
    mine.onopen = async () => {
      // What is left of the sound comes again: what was played of it meanwhile is told, and the rest here forgotten.
      const heard = secret === null ? [] : await hearing.heardBefore()
      const known = { ...(secret === null ? {} : { resume: secret }), ...(token === undefined ? {} : { token }) }
      if (mine === socket) send({ type: 'hello', protocol: PROTOCOL, heard, ...known })
    }
    mine.onmessage = ({ data }) => {
      if (mine !== socket) return
      if (patience !== undefined) wait(mine)
      if (typeof data === 'string') take(JSON.parse(data) as ServerMessage)
      else hearing.play(data as ArrayBuffer)
    }
    mine.onclose = ({ code, reason }) => {
      if (mine === socket) onLost(code, reason)
    }
  }

  /** A line that is cut somewhere on its way closes no connection: where the runner says that it is there, its silence is a loss. */
  function wait(mine: WebSocket): void {
    clearTimeout(patience)
    patience = setTimeout(() => {
      mine.close()
      if (mine === socket) onLost(1006, '')
    }, SILENCE_MS)
  }

  /** Only a runner that has said so once says again and again that it is there. */
  function waitNoLonger(): void {
    clearTimeout(patience)
    patience = undefined
  }

  function take(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        retries.forget()
        isOpen = false
        waitNoLonger()
        if (message.resumes) break
        secret = null
        unsaid.clear()
        options.onMessage(message)
        return options.onState({ phase: 'ready' })
      case 'opened':
        isOpen = true
        secret = message.resume
        for (const said of unsaid.after(message.taken ?? null)) send(said)
        options.onState({ phase: 'talking' })
        break
      case 'taken':
      case 'refused':
        if (message.id !== undefined) unsaid.drop(message.id)
        break
      case 'alive':
        if (socket !== null) wait(socket)
        underway.came(message.sound)
        lateness.came(message.at, performance.now())
        break
      case 'sound':
        underway.setRate(message.input_rate)
        hearing.take(message)
        break
      default:
        hearing.take(message)
    }
    options.onMessage(message)
  }

  function say(text: string, id: string): boolean {
    const line = { type: 'text', text, id } as const
    return isOpen && socket?.readyState === WebSocket.OPEN && (unsaid.has(id) || (unsaid.keep(line) && send(line)))
  }

  function onLost(code: number, reason: string): void {
    socket = null
    isOpen = false
    waitNoLonger()
    const next = isLeft || CLOSED_FOR_GOOD.includes(code) ? null : retries.next(Date.now())
    if (next === null) {
      secret = null
      unsaid.clear()
      return options.onState({ phase: 'closed', code, reason })
    }
    options.onState({ phase: 'waiting', ...next, code, reason })
    retry = setTimeout(dial, next.ms)
  }

  function send(message: ClientMessage): boolean {
    if (socket === null || socket.readyState !== WebSocket.OPEN) return false
    socket.send(JSON.stringify(message))
    return true
  }

  dial()
  return {
    open: (agent) => send({ type: 'open', ...(agent === undefined ? {} : { agent }) }),
    text: (text, id = newLineId()) => say(text, id),
    commit: () => isOpen && send({ type: 'commit' }),
    press: () => isOpen && send({ type: 'press' }),
    interrupt() {
      if (!isOpen && secret !== null) unsaid.interrupt()
      return isOpen && send({ type: 'interrupt' })
    },
    pause: () => isOpen && send({ type: 'pause' }),
    hold: () => isOpen && send({ type: 'hold' }),
    resume: () => isOpen && send({ type: 'resume' }),
    end() {
      if (isOpen) unsaid.end()
      return isOpen && send({ type: 'end' })
    },
    sound(samples) {
      if (!isOpen || socket?.readyState !== WebSocket.OPEN || underway.isTooMuch(socket.bufferedAmount)) return false
      socket.send(samples)
      underway.sent(samples.byteLength)
      return true
    },
    get underwayBytes() {
      return underway.bytes
    },
    get lateMs() {
      return lateness.ms
    },
    again(newToken) {
      if (newToken !== undefined) token = newToken
      if (socket !== null) return
      clearTimeout(retry)
      retries.forget()
      dial()
    },
    leave() {
      isLeft = true
      clearTimeout(retry)
      socket?.close(1000, 'left')
    },
  }
}

export interface ClientOptions {
  /** `ws://host:port/channel`; where this page came from, when left out. */
  readonly url?: string
  /** What the runner's `--token` asks for. */
  readonly token?: string
  /** Secret of a conversation to go on with, as `opened` gave it. */
  readonly resume?: string
  /** How long a runner that is away is looked for, in ms: each 15 s after the first 50 s; for those when left out. */
  readonly triesForMs?: number
  /** How the agent is heard; without one, what arrives counts as heard, as in a text terminal. */
  readonly speaker?: Speaker
  readonly onState: (state: ConnectionState) => void
  /** Everything but the sound. */
  readonly onMessage: (message: ServerMessage) => void
}

export type ConnectionState =
  | { readonly phase: 'connecting' }
  /** Connected; no conversation is open yet. */
  | { readonly phase: 'ready' }
  | { readonly phase: 'talking' }
  /** Lost; tried again after `ms`. `isLong`: for so long that no conversation has waited. */
  | {
      readonly phase: 'waiting'
      readonly ms: number
      readonly isLong: boolean
      readonly code: number
      readonly reason: string
    }
  /** Not tried again until `again()`. */
  | { readonly phase: 'closed'; readonly code: number; readonly reason: string }

/** Each method that says something returns false where it could not be said. */
export interface Client {
  /** Opens a conversation, with the first agent where none is named. */
  open(agent?: string): boolean
  /**
   * A typed turn. A line that the runner has not got when the connection is lost is said once more, when the conversation is found
   * again; the report of it names the `id` as `typed_id`. With the `id` of one that still waits to be acknowledged, it is that one.
   */
  text(text: string, id?: string): boolean
  /** One piece of the caller's sound: PCM16 at the rate of the last `sound` message. Not taken where 12 s of it, or 576,000 bytes, are underway. */
  sound(samples: Int16Array<ArrayBuffer>): boolean
  /** Of the caller's sound, what the runner had not got at its last `alive`, in bytes: much of it, and the connection is too slow. */
  readonly underwayBytes: number
  /** How late the last `alive` of the runner came, in ms: much, and so does what the agent says, and the order to fall silent. */
  readonly lateMs: number
  /** Ends a spoken turn, for agents with manual turn detection. */
  commit(): boolean
  /** Begins a spoken turn, for agents with manual turn detection. */
  press(): boolean
  /** Silences the agent; where the runner is away from a conversation, as soon as that is found again. */
  interrupt(): boolean
  /** The caller is not heard until `resume()`; with `hold`, neither hears the other. */
  pause(): boolean
  hold(): boolean
  resume(): boolean
  /** Ends the conversation; where the connection is lost before it has, as soon as it is found again. */
  end(): boolean
  /** Connects again after it was closed, or at once instead of later. */
  again(token?: string): void
  /** Closes the connection; the conversation waits for a while to be found again. */
  leave(): void
}

// This file is all that who imports `runner/client` sees: the words of the protocol, and the speaker for those who read, come with it.
export type { ChannelReport, ClientMessage, Heard, Piece, Played, ServerMessage, Speaker }
export { createReader, newLineId }
