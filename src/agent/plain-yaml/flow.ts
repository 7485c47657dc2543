import type { Spot } from '../marks.ts'
import { plainScalar, quotedScalar } from './scalar.ts'
import {
  APOSTROPHE,
  behindSpaces,
  CLOSE_LIST,
  CLOSE_MAP,
  COLON,
  COMMA,
  HASH,
  isSpace,
  keyIn,
  NEWLINE,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
  SPACE,
} from './signs.ts'

const DOUBLE = /"[^"\\\n]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\n]*)*"/y
const SINGLE = /'[^'\n]*(?:''[^'\n]*)*'/y
/** Other signs have a meaning of their own where a plain scalar begins. */
const PLAIN_START = /-{0,2}[^\s,[\]{}#&*!|>'"%@`?:-]/y
const FLOW_SIGNS = ',[]{}'

/** Reads values that end on the line that they begin on: scalars, and collections in brackets. */
export interface FlowReader {
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
    PLAIN_START.lastIndex = from
    if (!PLAIN_START.test(text)) return undefined
    behind = from
    for (let index = from; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code === SPACE) continue
      if (code === NEWLINE || (code === HASH && index > behind)) break
      if (code === COLON && (isSpace(text, index + 1) || (isInside && isFlowSign(index + 1)))) return undefined
      if (isInside && isFlowSign(index)) break
      behind = index + 1
    }
    mark(spot, from, true).at[1] = behind
    return plainScalar(text.slice(from, behind))
  }

  function isFlowSign(offset: number): boolean {
    return FLOW_SIGNS.includes(text.charAt(offset))
  }
}
