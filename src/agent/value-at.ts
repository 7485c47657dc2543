/** What stands at a path in data; undefined where nothing does. */
export function valueAt(data: unknown, path: readonly (string | number)[]): unknown {
  let inner = data
  for (const key of path) {
    if (!Object.hasOwn(Object(inner), key)) return undefined
    inner = Object(inner)[key]
  }
  return inner
}
