/** The keys that lead to a value. A list, since an author's key may contain a dot. */
export type Path = readonly string[]

interface Leaf {
  readonly path: Path
  readonly value: unknown
}

/** Every leaf of a plain object. Lists and empty objects are leaves: they are compared and replaced whole. */
export function leaves(value: unknown, path: Path = []): readonly Leaf[] {
  if (value === undefined) return []
  if (!isObject(value) || Object.keys(value).length === 0) return [{ path, value }]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
}

/** A path written in the code, where no key contains a dot. */
export function pathOf(dotted: string): Path {
  return dotted.split('.')
}

/** The value at a path; undefined if there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)
}

/** A copy with the value at a path set; undefined removes it, and any parents that this leaves empty. */
export function withValue<T>(object: T, path: Path, value: unknown): T {
  if (value === undefined && valueAt(object, path) === undefined) return object
  const [key = '', ...rest] = path
  const copy: { [key: string]: unknown } = { ...(isObject(object) ? object : {}) }
  const inner = rest.length === 0 ? value : withValue(copy[key], rest, value)
  if (inner === undefined || (value === undefined && isEmpty(inner))) delete copy[key]
  else copy[key] = inner
  return copy as T
}

/** Equality of data: key order does not count. */
export function deepEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false
    return one.every((value, index) => deepEqual(value, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return false
  const keys = Object.keys(one).filter((key) => one[key] !== undefined)
  const otherKeys = Object.keys(other).filter((key) => other[key] !== undefined)
  return keys.length === otherKeys.length && keys.every((key) => deepEqual(one[key], other[key]))
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0
}
