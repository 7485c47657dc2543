import { isMap } from '../../agent/is-map.ts'
import { type CallerEvent, MAIN_CONVERSATION } from '../caller-event.ts'

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

/** The most characters of a conversation's name. */
const NAME_MAX = 100

/** The one key that each type needs besides `type`, `conversation` and `agent`. */
const REQUIRED_KEYS = {
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
const TYPE_LIST = Object.keys(REQUIRED_KEYS).map((kind) => JSON.stringify(kind))
const COMMON_KEYS = ['type', 'conversation', 'agent']

/** Parses one line of JSON; a string says what was found and what is wanted. */
export function parseJsonl(line: string): JsonlInput | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return `not JSON: ${excerpt(line)}; one JSON object a line is wanted, such as {"type":"text","text":"Hello"}`
  }
  if (!isMap(value)) return `${excerpt(line)} is not a JSON object; {"type":"text","text":"Hello"} would be one`
  return parseInput(value)
}

type Fields = { readonly [key: string]: unknown }

function parseInput(fields: Fields): JsonlInput | string {
  const { type, conversation, agent } = fields
  if (!isInputType(type)) return `type: ${describeFound(type)}; one of ${TYPE_LIST.join(', ')} is wanted`
  const requiredKey = REQUIRED_KEYS[type]
  const knownKeys = requiredKey === null ? COMMON_KEYS : [...COMMON_KEYS, requiredKey]
  const unknownKey = Object.keys(fields).find((key) => !knownKeys.includes(key))
  if (unknownKey !== undefined) return `${excerpt(unknownKey)}: no key of "${type}"; known are ${knownKeys.join(', ')}`
  if (conversation !== undefined && !isName(conversation)) {
    return `conversation: ${describeFound(conversation)}; a name of 1 to ${NAME_MAX} printable characters is wanted`
  }
  if (agent !== undefined && !isName(agent)) return `agent: ${describeFound(agent)}; an agent's name is wanted`
  const target = { conversation: conversation ?? MAIN_CONVERSATION, ...(agent === undefined ? {} : { agent }) }
  switch (type) {
    case 'stop':
      return conversation === undefined ? { type } : { type: 'close', conversation }
    case 'conversation.open':
    case 'conversation.close':
      if (conversation === undefined) return `conversation: missing; the name of the conversation is wanted`
      return type === 'conversation.open' ? { type: 'open', ...target } : { type: 'close', conversation }
    default: {
      const event = parseEvent(type, fields)
      return typeof event === 'string' ? event : { type: 'event', ...target, event }
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

function parseEvent(
  type: keyof typeof SIMPLE_EVENTS | 'text' | 'audio',
  { text, audio }: Fields,
): CallerEvent | string {
  switch (type) {
    case 'text':
      if (typeof text !== 'string' || text.trim() === '')
        return `text: ${describeFound(text)}; the caller's words are wanted`
      return { type: 'caller.text', text }
    case 'audio':
      if (typeof audio !== 'string' || !isBase64(audio)) return `audio: ${describeFound(audio)}; base64 is wanted`
      return { type: 'caller.audio', audio: new Uint8Array(Buffer.from(audio, 'base64')) }
    default:
      return SIMPLE_EVENTS[type]
  }
}

function isInputType(type: unknown): type is keyof typeof REQUIRED_KEYS {
  return typeof type === 'string' && Object.hasOwn(REQUIRED_KEYS, type)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= NAME_MAX && /^[^\p{C}]+$/u.test(value) && value.trim() !== ''
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
}

function describeFound(value: unknown): string {
  return value === undefined ? 'missing' : `found ${excerpt(JSON.stringify(value))}`
}

function excerpt(text: string): string {
  return text.length > EXCERPT_MAX ? `${text.slice(0, EXCERPT_MAX)}…` : text
}

/** The most characters shown of a bad line. */
const EXCERPT_MAX = 60
