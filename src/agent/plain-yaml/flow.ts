import { plainScalar, quotedScalar } from './scalar.ts'
import {
  APOSTROPHE,
  CLOSE_LIST,
  CLOSE_MAP,
  COMMA,
  keyAt,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
  SPACE,
  skipSpaces,
} from './signs.ts'
import { isTooDeep, type Value } from './value.ts'

const DOUBLE = /"[^"\\\n]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\n]*)*"/y
const SINGLE = /'[^'\n]*(?:''[^'\n]*)*'/y
/** A line from where a plain scalar begins: other signs have a meaning of their own there. Between brackets it ends at one, or at a comma. */
const PLAIN = /-{0,2}[^\s,[\]{}#&*!|>'"%@`?:-][^\n]*/y
const PLAIN_INSIDE = /-{0,2}[^\s,[\]{}#&*!|>'"%@`?:-][^\n,[\]{}]*/y

/** Reads values that end on the line that they begin on: scalars, and collections in brackets. */
interface FlowReader {
  /** The value that begins at an offset; undefined where it is none that is read here. Its end stands in `value`. */
  read(from: number, value: Value): unknown
}

/** `addValue` notes a value that a collection holds. */
export function createFlowReader(
  text: string,
  addValue: (holder: Value, key: string | number, keyFrom: number) => Value,
): FlowReader {
  return { read: (from, value) => readFlow(from, value, false) }

  function readFlow(from: number, value: Value, isInside: boolean): unknown {
    if (isTooDeep(value)) return undefined
    value.start = from
    switch (text.charCodeAt(from)) {
      case OPEN_LIST:
        return readList(value)
      case OPEN_MAP:
        return readMap(value)
      case QUOTE:
        return readQuoted(DOUBLE, value)
      case APOSTROPHE:
        return readQuoted(SINGLE, value)
      default:
        return readScalar(value, isInside)
    }
  }

  function readList(value: Value): unknown {
    const list: unknown[] = []
    const isRead = readEntries(value, CLOSE_LIST, (start) => {
      const item = addValue(value, list.length, -1)
      list.push(readFlow(start, item, true))
      value.end = item.end
      return list.at(-1) !== undefined
    })
    return isRead ? list : undefined
  }

  function readMap(value: Value): unknown {
    const map: { [key: string]: unknown } = {}
    const isRead = readEntries(value, CLOSE_MAP, (start) => {
      const key = keyAt(text, start)
      if (key === '' || Object.hasOwn(map, key)) return false
      const entry = addValue(value, key, start)
      map[key] = readFlow(skipSpaces(text, start + key.length + 1), entry, true)
      value.end = entry.end
      return map[key] !== undefined
    })
    return isRead ? map : undefined
  }

  /** Reads what stands between brackets and commas, and says whether it could. `read` notes where it ended. */
  function readEntries(value: Value, close: number, read: (start: number) => boolean): boolean {
    let start = skipSpaces(text, value.start + 1)
    let code = text.charCodeAt(start)
    while (code !== close) {
      if (!read(start)) return false
      start = skipSpaces(text, value.end)
      code = text.charCodeAt(start)
      if (code !== close && code !== COMMA) return false
      if (code === COMMA) start = skipSpaces(text, start + 1)
    }
    value.end = start + 1
    return true
  }

  function readQuoted(pattern: RegExp, value: Value): unknown {
    pattern.lastIndex = value.start
    if (!pattern.test(text)) return undefined
    value.end = pattern.lastIndex
    value.isText = true
    return quotedScalar(text.slice(value.start, value.end))
  }

  function readScalar(value: Value, isInside: boolean): unknown {
    const pattern = isInside ? PLAIN_INSIDE : PLAIN
    pattern.lastIndex = value.start
    if (!pattern.test(text)) return undefined
    const comment = text.slice(value.start, pattern.lastIndex).indexOf(' #')
    let end = comment < 0 ? pattern.lastIndex : value.start + comment
    while (text.charCodeAt(end - 1) === SPACE) end -= 1
    value.end = end
    value.isText = true
    const source = text.slice(value.start, end)
    return source.includes(': ') || source.endsWith(':') ? undefined : plainScalar(source)
  }
}
