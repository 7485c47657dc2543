import type { CallerEvent } from '../caller-event.ts'

/** One line of `--jsonl` input. A stop ends all conversations. */
export type JsonlInput =
  | { readonly type: 'open'; readonly conversation: string; readonly agent?: string }
  | { readonly type: 'close'; readonly conversation: string }
  | {
      readonly type: 'event'
      readonly conversation: string
      readonly agent?: string
      readonly event: CallerEvent
    }
  | { readonly type: 'stop' }

type JsonlParsed = { readonly ok: true; readonly input: JsonlInput } | { readonly ok: false; readonly message: string }

/** The conversation of a line that names none. */
const CONVERSATION_DEFAULT = 'main'
/** The most characters of a conversation's name. */
const NAME_MAX = 100

/** The one key that each type needs besides `type`, `conversation` and `agent`. */
const KEY_OF = {
  'conversation.open': null,
  'conversation.close': null,
  text: 'text',
  audio: 'audio',
  pause: null,
  hold: null,
  resume: null,
  interrupt: null,
  press: null,
  commit: null,
  stop: null,
} as const
const KINDS = Object.keys(KEY_OF).map((kind) => JSON.stringify(kind))
const COMMON_KEYS = ['type', 'conversation', 'agent']

/** Parses one line of JSON; the message for a bad one says what was found and what is wanted. */
export function parseJsonl(line: string): JsonlParsed {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return wrong(`not JSON: ${excerpt(line)}; one JSON object a line is wanted, such as {"type":"text","text":"Hello"}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return wrong(`${excerpt(line)} is not a JSON object; {"type":"text","text":"Hello"} would be one`)
  }
  return readInput({ ...value })
}

type Fields = { readonly [key: string]: unknown }

function readInput(fields: Fields): JsonlParsed {
  const { type, conversation, agent } = fields
  if (!isKind(type)) return wrong(`type: ${found(type)}; one of ${KINDS.join(', ')} is wanted`)
  const needed = KEY_OF[type]
  const known = needed === null ? COMMON_KEYS : [...COMMON_KEYS, needed]
  const unknown = Object.keys(fields).find((key) => !known.includes(key))
  if (unknown !== undefined) return wrong(`${excerpt(unknown)}: no key of "${type}"; known are ${known.join(', ')}`)
  if (conversation !== undefined && !isName(conversation)) {
    return wrong(`conversation: ${found(conversation)}; a name of 1 to ${NAME_MAX} printable characters is wanted`)
  }
  if (agent !== undefined && !isName(agent)) return wrong(`agent: ${found(agent)}; an agent's name is wanted`)
  const named = { conversation: conversation ?? CONVERSATION_DEFAULT, ...(agent === undefined ? {} : { agent }) }
  switch (type) {
    case 'stop':
      return { ok: true, input: conversation === undefined ? { type } : { type: 'close', conversation } }
    case 'conversation.open':
    case 'conversation.close':
      if (conversation === undefined) return wrong(`conversation: missing; the name of the conversation is wanted`)
      return {
        ok: true,
        input: type === 'conversation.open' ? { type: 'open', ...named } : { type: 'close', conversation },
      }
    default: {
      const read = readEvent(type, fields)
      return read.ok ? { ok: true, input: { type: 'event', ...named, event: read.event } } : read
    }
  }
}

/** Events that carry nothing but their type. */
const SIMPLE_EVENTS = {
  pause: { type: 'caller.paused' },
  hold: { type: 'caller.held' },
  resume: { type: 'caller.resumed' },
  interrupt: { type: 'caller.interrupted' },
  press: { type: 'caller.pressed' },
  commit: { type: 'caller.committed' },
} as const satisfies { readonly [type: string]: CallerEvent }

type EventRead = { readonly ok: true; readonly event: CallerEvent } | { readonly ok: false; readonly message: string }

function readEvent(type: keyof typeof SIMPLE_EVENTS | 'text' | 'audio', { text, audio }: Fields): EventRead {
  switch (type) {
    case 'text':
      if (typeof text !== 'string' || text.trim() === '')
        return wrong(`text: ${found(text)}; the caller's words are wanted`)
      return { ok: true, event: { type: 'caller.text', text } }
    case 'audio':
      if (typeof audio !== 'string' || !isBase64(audio)) return wrong(`audio: ${found(audio)}; base64 is wanted`)
      return { ok: true, event: { type: 'caller.audio', audio: new Uint8Array(Buffer.from(audio, 'base64')) } }
    default:
      return { ok: true, event: SIMPLE_EVENTS[type] }
  }
}

function isKind(type: unknown): type is keyof typeof KEY_OF {
  return typeof type === 'string' && Object.hasOwn(KEY_OF, type)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= NAME_MAX && /^[^\p{C}]+$/u.test(value) && value.trim() !== ''
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
}

function wrong(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message }
}

function found(value: unknown): string {
  return value === undefined ? 'missing' : `found ${excerpt(JSON.stringify(value))}`
}

function excerpt(text: string): string {
  return text.length > EXCERPT_MAX ? `${text.slice(0, EXCERPT_MAX)}…` : text
}

/** The most characters shown of a bad line. */
const EXCERPT_MAX = 60
