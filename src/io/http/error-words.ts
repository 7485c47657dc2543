import { parseObject } from '../tools/tool-answer.ts'

/** Keys that hold an error's words, best first: those of services themselves, then of the libraries they are made with. */
const PLACES = ['message', 'msg', 'detail', 'errors', 'error_description', 'title']
/** How deep in an answer words are looked for. */
const DEPTH_MAX = 4

/** The words of an error in JSON, or null. */
export function errorWords(text: string): string | null {
  const body = parseObject(text)
  return (body !== null && wordsAt(body, 0)) || null
}

function wordsIn(value: unknown, depth: number): string {
  if (typeof value === 'string') return value.trim()
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return ''
  if (Array.isArray(value)) return joined(value.map((one) => wordsIn(one, depth)))
  const object: { readonly [key: string]: unknown } = { ...value }
  // A map from what is wrong to its faults.
  const words = wordsAt(object, depth)
  if (words === '') return joined(Object.entries(object).map(([name, one]) => named(name, wordsIn(one, depth + 1))))
  const place = [object.loc, object.path].find(Array.isArray)
  return place === undefined ? words : named(place.join('.'), words)
}

/** The key `error` comes last: beside other words, a string there is only the status's name or a code. */
function wordsAt(object: { readonly [key: string]: unknown }, depth: number): string {
  const { error } = object
  const places = [typeof error === 'object' ? error : null, ...PLACES.map((name) => object[name]), error]
  return places.map((place) => wordsIn(place, depth + 1)).find((words) => words !== '') ?? ''
}

function named(name: string, words: string): string {
  return words === '' ? '' : `${name}: ${words}`
}

function joined(all: readonly string[]): string {
  return all.filter((words) => words !== '').join('; ')
}
