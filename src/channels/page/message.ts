import { type ClientMessage, HEARD_MAX, type Heard, TEXT_MAX } from '../../page/protocol.ts'

type PageMessageParsed =
  | { readonly ok: true; readonly message: ClientMessage }
  /** `id` is that of a typed line that was refused. */
  | { readonly ok: false; readonly message: string; readonly id?: string }

/** The most characters of a name, an id or a secret. */
const NAME_MAX = 200

type Fields = { readonly [key: string]: unknown }

/** What each message must carry. Unknown keys are ignored, so that newer clients are understood. */
const PARSERS: { readonly [type in ClientMessage['type']]: (fields: Fields) => ClientMessage | string } = {
  hello({ protocol, resume, token, heard }) {
    if (!isCount(protocol)) return 'hello: protocol must be a whole number'
    if (resume !== undefined && !isName(resume)) return 'hello: resume must be a short text'
    if (token !== undefined && !isName(token)) return 'hello: token must be a short text'
    const all = heard === undefined ? [] : parseHeardList(heard)
    if (all === null) return HEARD_EXPECTED
    return { type: 'hello', protocol, heard: all, ...withoutUndefined({ resume, token }) }
  },
  open({ agent }) {
    if (agent === undefined) return { type: 'open' }
    return isName(agent) ? { type: 'open', agent } : "open: agent must be an agent's name"
  },
  text({ text, id }) {
    if (id !== undefined && !isName(id)) return 'text: id must be a short text'
    if (typeof text !== 'string' || text.trim() === '') return "text: the caller's words are wanted"
    if (text.length > TEXT_MAX) return `text: ${text.length} characters; at most ${TEXT_MAX} are taken`
    return { type: 'text', text: text.trim(), ...(id === undefined ? {} : { id }) }
  },
  commit: () => ({ type: 'commit' }),
  press: () => ({ type: 'press' }),
  interrupt: () => ({ type: 'interrupt' }),
  pause: () => ({ type: 'pause' }),
  hold: () => ({ type: 'hold' }),
  resume: () => ({ type: 'resume' }),
  end: () => ({ type: 'end' }),
  'playback.started': ({ item_id }) =>
    isName(item_id) ? { type: 'playback.started', item_id } : 'playback.started: item_id is wanted',
  'playback.progress'(fields) {
    const heard = parseHeard(fields)
    return heard === null
      ? 'playback.progress: item_id and whole ms are wanted'
      : { type: 'playback.progress', ...heard }
  },
  'playback.drained': ({ piece }) =>
    isCount(piece) ? { type: 'playback.drained', piece } : 'playback.drained: the number of a piece is wanted',
  'playback.cleared'({ clear, heard }) {
    const all = parseHeardList(heard)
    if (!isCount(clear) || all === null) return `playback.cleared: clear is wanted, and ${HEARD_EXPECTED}`
    return { type: 'playback.cleared', clear, heard: all }
  },
}

const HEARD_EXPECTED = `heard must be a list of at most ${HEARD_MAX} items, each with item_id and whole ms`

/** Parses one text frame from a client; the message says what is wrong. */
export function parsePageMessage(text: string): PageMessageParsed {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, message: 'a text frame must be one JSON object' }
  }
  if (typeof value !== 'object' || value === null) return { ok: false, message: 'a text frame must be one JSON object' }
  const fields: Fields = { ...value }
  const { type } = fields
  if (typeof type !== 'string' || !isType(type))
    return { ok: false, message: `no message has this type; there are: ${Object.keys(PARSERS).join(', ')}` }
  const message = PARSERS[type](fields)
  if (typeof message !== 'string') return { ok: true, message }
  return { ok: false, message, ...(type === 'text' && isName(fields.id) ? { id: fields.id } : {}) }
}

function isType(type: string): type is ClientMessage['type'] {
  return Object.hasOwn(PARSERS, type)
}

function parseHeard(fields: Fields | null): Heard | null {
  if (typeof fields !== 'object' || fields === null) return null
  const { item_id, ms } = fields
  return isName(item_id) && isCount(ms) ? { item_id, ms } : null
}

function parseHeardList(value: unknown): readonly Heard[] | null {
  if (!Array.isArray(value) || value.length > HEARD_MAX) return null
  const parsed = value.map((entry) => parseHeard(entry as Fields))
  return parsed.every((entry) => entry !== null) ? parsed : null
}

function withoutUndefined<Name extends string>(fields: { readonly [name in Name]: string | undefined }) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [name in Name]?: string
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= NAME_MAX
}
