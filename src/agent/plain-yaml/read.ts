import type { YamlTree } from '../reading/spans.ts'
import { createFlowReader } from './flow.ts'
import { foldLines } from './scalar.ts'
import {
  GREATER,
  HASH,
  isDash,
  isLineEnd,
  isNewline,
  keyAt,
  NEWLINE,
  PIPE,
  skipSpaces,
  startOfNextLine,
} from './signs.ts'
import { createValue, isTooDeep, spanOf, type Value } from './value.ts'

/** How many values are read. A file with more is left to the full parser. */
const VALUES_MAX = 10_000
/** As many spaces in a row are left to the full parser. */
const LONG_GAP = ' '.repeat(256)

/** Tabs, other ends of lines, control characters, marks of byte order. */
const UNUSUAL = /[^\n -~\u00a1-\u2027\u202a-\ufefe\uff00-\ufffd]/
const START = /---(?:\n|$)/y
const HEADER = /[|>](-?) *\n/y
const BLANK = /\n +(?:\n|$)/

/**
 * Reads the plain part of YAML that agent files are written in: maps and lists by indentation, scalars and flow collections on one line, block
 * scalars, comments. What it takes it reads exactly as `parse.ts` does, in a small part of the time. Null for anything else, and wherever
 * there is a fault or a doubt.
 */
export function readPlainYaml(text: string): YamlTree | null {
  if (isUnusual(text)) return null
  const values: Value[] = []
  const flow = createFlowReader(text, addValue)
  /** Where the content of the current line begins, and in which column; the column is -1 behind the last line. */
  let offset = 0
  let column = -1
  /** Where the line below the last value begins. */
  let nextLine = 0
  let isAmbiguous = false

  skipToContent(0)
  if (column < 0) return { data: null, spans: () => [] }
  START.lastIndex = offset
  if (column === 0 && START.test(text)) skipToContent(START.lastIndex)
  const data = column === 0 ? readBlock(addValue(null, '', -1)) : undefined
  if (data === undefined || column >= 0 || isAmbiguous || values.length > VALUES_MAX) return null
  return { data, spans: () => values.map(spanOf) }

  /** Goes to the next line that holds more than a comment. A comment that is deeper than that line may belong to what is above it. */
  function skipToContent(from: number): void {
    let deepest = 0
    column = -1
    for (let line = from; column < 0 && line < text.length; line = startOfNextLine(text, offset)) {
      offset = skipSpaces(text, line)
      if (text.charCodeAt(offset) === HASH) deepest = Math.max(deepest, offset - line)
      else if (!isNewline(text, offset)) column = offset - line
    }
    if (deepest > Math.max(column, 0)) isAmbiguous = true
  }

  function addValue(holder: Value | null, key: string | number, keyFrom: number): Value {
    const value = createValue(holder, key, keyFrom)
    values.push(value)
    return value
  }

  // Each reader of a value gives undefined where it is none that is read here; then nothing of the text is taken. Nor is it where a line stands
  // deeper than what could go on in it: the end of the text is not reached then.

  function readBlock(value: Value): unknown {
    if (isTooDeep(value)) return undefined
    return isDash(text, offset) ? readList(value) : readMap(value)
  }

  function readMap(value: Value): unknown {
    const map: { [key: string]: unknown } = {}
    const indent = column
    value.start = offset
    do {
      const key = keyAt(text, offset)
      if (key === '' || Object.hasOwn(map, key)) return undefined
      const read = readEntry(offset + key.length + 1, indent, addValue(value, key, offset))
      if (read === undefined) return undefined
      map[key] = read
    } while (column === indent)
    value.end = nextLine
    return map
  }

  function readList(value: Value): unknown {
    const list: unknown[] = []
    const indent = column
    value.start = offset
    do {
      const read = readItem(skipSpaces(text, offset + 1), indent, addValue(value, list.length, -1))
      if (read === undefined) return undefined
      list.push(read)
    } while (column === indent && isDash(text, offset))
    value.end = nextLine
    return list
  }

  /** What stands behind a key: on its line, or below. A list may stand in the column of its key. */
  function readEntry(from: number, indent: number, value: Value): unknown {
    const start = skipSpaces(text, from)
    if (!isLineEnd(text, start)) return readInline(start, indent, value)
    skipToContent(startOfNextLine(text, start))
    const isInside = column > indent || (column === indent && isDash(text, offset))
    return isInside ? readBlock(value) : undefined
  }

  /** What stands behind the dash of a list: a value, or a map whose first key is on the same line. */
  function readItem(from: number, indent: number, value: Value): unknown {
    if (isLineEnd(text, from) || isDash(text, from)) return undefined
    if (keyAt(text, from) === '') return readInline(from, indent, value)
    column = indent + from - offset
    offset = from
    return readMap(value)
  }

  /** A value that begins on the line of its key or dash; its map or list stands in the column `indent`. */
  function readInline(from: number, indent: number, value: Value): unknown {
    const code = text.charCodeAt(from)
    const read = code === PIPE || code === GREATER ? readBlockScalar(from, indent, value) : readOnOneLine(from, value)
    skipToContent(nextLine)
    return read
  }

  function readOnOneLine(from: number, value: Value): unknown {
    const read = flow.read(from, value)
    const end = skipSpaces(text, value.end)
    nextLine = startOfNextLine(text, end)
    const isComment = text.charCodeAt(end) === HASH && end > value.end
    return isNewline(text, end) || isComment ? read : undefined
  }

  function readBlockScalar(from: number, outer: number, value: Value): unknown {
    HEADER.lastIndex = from
    const header = HEADER.exec(text)
    if (header === null) return undefined
    const first = HEADER.lastIndex
    let line = first
    while (text.charCodeAt(line) === NEWLINE) line += 1
    const inner = skipSpaces(text, line) - line
    if (inner <= outer || isNewline(text, line + inner)) return undefined
    const indent = ' '.repeat(inner)
    for (;;) {
      if (text.startsWith(indent, line)) nextLine = line = startOfNextLine(text, line)
      else if (text.charCodeAt(line) === NEWLINE) line += 1
      else break
    }
    value.start = from
    value.end = nextLine
    value.isText = true
    const body = `\n${text.slice(first, isNewline(text, nextLine - 1) ? nextLine - 1 : nextLine)}`
    const isFolded = text.charCodeAt(from) === GREATER
    // Spaces that are content, or might be.
    if (BLANK.test(body) || (isFolded && body.includes(`\n${indent} `))) return undefined
    const content = body.replaceAll(`\n${indent}`, '\n').slice(1)
    return `${isFolded ? foldLines(content) : content}${header[1] === '-' ? '' : '\n'}`
  }
}

/** Whether a text holds what no agent file needs: it may be a trap. */
function isUnusual(text: string): boolean {
  return UNUSUAL.test(text) || text.includes(LONG_GAP)
}
