import { isMap } from './is-map.ts'

/** A value as text, as `String()` gives it, which fails for a map with a key such as toString. */
export function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => (item === null ? '' : valueText(item))).join()
  return isMap(value) ? '{…}' : String(value)
}
