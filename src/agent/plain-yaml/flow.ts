import type { Spot } from '../reading/marks.ts'
import { plainScalar, quotedScalar } from './scalar.ts'
import {
  APOSTROPHE,
  behindSpaces,
  CLOSE_LIST,
  CLOSE_MAP,
  COMMA,
  keyIn,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
  SPACE,
} from './signs.ts'

const DOUBLE = /"[^"\\\n]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\n]*)*"/y
const SINGLE = /'[^'\n]*(?:''[^'\n]*)*'/y
/** A line from where a plain scalar begins: other signs have a meaning of their own there. Between brackets it ends at one, or at a comma. */
const PLAIN = /-{0,2}[^\s,[\]{}#&*!|>'"%@`?:-][^\n]*/y
const PLAIN_INSIDE = /-{0,2}[^\s,[\]{}#&*!|>'"%@`?:-][^\n,[\]{}]*/y

/** Reads values that end on the line that they begin on: scalars, and collections in brackets. */
interface FlowReader {
  /** The value that begins at an offset; undefined where it is none that is read here. */
  read(from: number, spot: Spot): unknown
  /** Where the value that was read last ends. */
  end(): number
}

/** `mark` notes where each value begins, and gives what its end is written into. */
export function createFlowReader(
  text: string,
  mark: (spot: Spot, from: number, isText: boolean) => { readonly at: [number, number] },
): FlowReader {
  let behind = 0
  return { read: (from, spot) => readFlow(from, spot, false), end: () => behind }

  function readFlow(from: number, spot: Spot, isInside: boolean): unknown {
    switch (text.charCodeAt(from)) {
      case OPEN_LIST:
        return readList(from, spot)
      case OPEN_MAP:
        return readMap(from, spot)
      case QUOTE:
        return readQuoted(DOUBLE, from, spot)
      case APOSTROPHE:
        return readQuoted(SINGLE, from, spot)
      default:
        return readScalar(from, spot, isInside)
    }
  }

  function readList(from: number, spot: Spot): unknown {
    const list: unknown[] = []
    const { at } = mark(spot, from, false)
    const isRead = readEach(from, CLOSE_LIST, (start) => {
      list.push(readFlow(start, { path: [...spot.path, list.length], keyAt: null }, true))
      return list.at(-1) !== undefined
    })
    at[1] = behind
    return isRead ? list : undefined
  }

  function readMap(from: number, spot: Spot): unknown {
    const map: { [key: string]: unknown } = {}
    const { at } = mark(spot, from, false)
    const isRead = readEach(from, CLOSE_MAP, (start) => {
      const key = keyIn(text, start)
      if (key === '' || Object.hasOwn(map, key)) return false
      const end = start + key.length
      map[key] = readFlow(behindSpaces(text, end + 1), { path: [...spot.path, key], keyAt: [start, end] }, true)
      return map[key] !== undefined
    })
    at[1] = behind
    return isRead ? map : undefined
  }

  /** Reads what stands between brackets and commas, and says whether it could. */
  function readEach(from: number, close: number, read: (start: number) => boolean): boolean {
    let start = behindSpaces(text, from + 1)
    let code = text.charCodeAt(start)
    while (code !== close) {
      if (!read(start)) return false
      start = behindSpaces(text, behind)
      code = text.charCodeAt(start)
      if (code !== close && code !== COMMA) return false
      if (code === COMMA) start = behindSpaces(text, start + 1)
    }
    behind = start + 1
    return true
  }

  function readQuoted(pattern: RegExp, from: number, spot: Spot): unknown {
    pattern.lastIndex = from
    if (!pattern.test(text)) return undefined
    behind = pattern.lastIndex
    mark(spot, from, true).at[1] = behind
    return quotedScalar(text.slice(from, behind))
  }

  function readScalar(from: number, spot: Spot, isInside: boolean): unknown {
    const pattern = isInside ? PLAIN_INSIDE : PLAIN
    pattern.lastIndex = from
    if (!pattern.test(text)) return undefined
    const comment = text.slice(from, pattern.lastIndex).indexOf(' #')
    behind = comment < 0 ? pattern.lastIndex : from + comment
    while (text.charCodeAt(behind - 1) === SPACE) behind -= 1
    mark(spot, from, true).at[1] = behind
    const source = text.slice(from, behind)
    return source.includes(': ') || source.endsWith(':') ? undefined : plainScalar(source)
  }
}
