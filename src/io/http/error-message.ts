import { parseObject } from '../tools/tool-answer.ts'

/** Keys that hold an error's message, best first: those of services themselves, then of the libraries they are made with. */
const MESSAGE_KEYS = ['message', 'msg', 'detail', 'errors', 'error_description', 'title']
/** How deep in an answer a message is searched for. */
const DEPTH_MAX = 4

/** The message of an error in JSON, or null. */
export function errorMessageIn(text: string): string | null {
  const body = parseObject(text)
  return (body !== null && messageOf(body, 0)) || null
}

function textIn(value: unknown, depth: number): string {
  if (typeof value === 'string') return value.trim()
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return ''
  if (Array.isArray(value)) return joinTexts(value.map((entry) => textIn(entry, depth)))
  const object: { readonly [key: string]: unknown } = { ...value }
  // A map from what is wrong to its faults.
  const text = messageOf(object, depth)
  if (text === '')
    return joinTexts(Object.entries(object).map(([name, entry]) => withName(name, textIn(entry, depth + 1))))
  const location = [object.loc, object.path].find(Array.isArray)
  const names = location?.filter((part: unknown) => typeof part === 'string' || typeof part === 'number')
  return names === undefined ? text : withName(names.join('.'), text)
}

/** The key `error` comes last: beside another message, a string there is only the status's name or a code. */
function messageOf(object: { readonly [key: string]: unknown }, depth: number): string {
  const { error } = object
  const candidates = [typeof error === 'object' ? error : null, ...MESSAGE_KEYS.map((name) => object[name]), error]
  return candidates.map((candidate) => textIn(candidate, depth + 1)).find((text) => text !== '') ?? ''
}

function withName(name: string, text: string): string {
  return text === '' ? '' : `${name}: ${text}`
}

function joinTexts(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('; ')
}
