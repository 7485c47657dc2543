import { isMap } from '../is-map.ts'
import { type Origin, originAt, type Sourced } from './origin.ts'

/** The prompt in the file and the prompt beside it are one setting in two forms. */
const PROMPT_KEYS = ['instructions', 'instructions_file']

/** Merges maps; a list or a scalar replaces the value of the base. */
export function merge(base: Sourced, own: Sourced): Sourced {
  if (!isMap(base.data) || !isMap(own.data)) return own
  const mine = own.data
  const replaced =
    own.origin.path.length === 0 && PROMPT_KEYS.some((key) => Object.hasOwn(mine, key)) ? PROMPT_KEYS : []
  const theirs = omit(base.data, replaced)
  const data: [string, unknown][] = []
  const inner = new Map<string, Origin>()
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const value = mergedValue(key)
    data.push([key, value.data])
    inner.set(key, value.origin)
  }
  return { data: Object.fromEntries(data), origin: { ...own.origin, inner } }

  function mergedValue(key: string): Sourced {
    const fromBase = { data: theirs[key], origin: originAt(base.origin, [key]) }
    const fromOwn = { data: mine[key], origin: originAt(own.origin, [key]) }
    if (!Object.hasOwn(mine, key)) return fromBase
    return Object.hasOwn(theirs, key) ? merge(fromBase, fromOwn) : fromOwn
  }
}

/** A map without some of its keys; empty where it is none. */
export function omit(data: unknown, names: readonly string[]): { readonly [key: string]: unknown } {
  return Object.fromEntries(Object.entries(Object(data)).filter(([key]) => !names.includes(key)))
}
