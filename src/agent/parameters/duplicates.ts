import { isMap } from '../is-map.ts'

/** Whether two items of a list are equal as JSON, where the order of keys does not count. */
export function hasDuplicate(items: readonly unknown[]): boolean {
  return new Set(items.map((item) => JSON.stringify(inKeyOrder(item)))).size < items.length
}

/** The value in a form that is the same for equal values: a map is a map of one list. */
function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder)
  if (!isMap(value)) return value
  return {
    map: Object.keys(value)
      .sort()
      .map((key) => [key, inKeyOrder(value[key])]),
  }
}
