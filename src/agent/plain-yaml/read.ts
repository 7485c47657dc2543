import type { YamlTree } from '../reading/spans.ts'
import { createFlowReader } from './flow.ts'
import { folded } from './scalar.ts'
import { behindSpaces, GREATER, HASH, isDash, isLineEnd, isNewline, keyIn, lineBelow, NEWLINE, PIPE } from './signs.ts'
import { isTooDeep, markOf, type Value, valueIn } from './value.ts'

/** How many values are read. What has more is left to the whole reader. */
const VALUES_MAX = 10_000
/** Spaces in a row that are left to the whole reader. */
const LONG_GAP = ' '.repeat(256)

/** Tabs, other ends of lines, control characters, marks of byte order. */
const ODD = /[^\n -~\u00a1-\u2027\u202a-\ufefe\uff00-\ufffd]/
const START = /---(?:\n|$)/y
const HEADER = /[|>](-?) *\n/y
const BLANK = /\n +(?:\n|$)/

/**
 * Reads the plain part of YAML that agent files are written in: maps and lists by indentation, scalars and flow collections on one line, block
 * scalars, comments. What it takes it reads exactly as `parse.ts` does, in a small part of the time. Null for anything else, and wherever
 * there is a fault or a doubt.
 */
export function readPlainYaml(text: string): YamlTree | null {
  if (isOdd(text)) return null
  const values: Value[] = []
  const flow = createFlowReader(text, begin)
  /** Where the content of the current line begins, and in which column; the column is -1 behind the last line. */
  let at = 0
  let column = -1
  /** Where the line below the last value begins. */
  let below = 0
  let isDoubtful = false

  toContent(0)
  if (column < 0) return { data: null, spans: () => [] }
  START.lastIndex = at
  if (column === 0 && START.test(text)) toContent(START.lastIndex)
  const data = column === 0 ? readBlock(begin(null, '', -1)) : undefined
  if (data === undefined || column >= 0 || isDoubtful || values.length > VALUES_MAX) return null
  return { data, spans: () => values.map(markOf) }

  /** Goes to the next line that holds more than a comment. A comment that is deeper than that line may belong to what is above it. */
  function toContent(from: number): void {
    let deepest = 0
    column = -1
    for (let line = from; column < 0 && line < text.length; line = lineBelow(text, at)) {
      at = behindSpaces(text, line)
      if (text.charCodeAt(at) === HASH) deepest = Math.max(deepest, at - line)
      else if (!isNewline(text, at)) column = at - line
    }
    if (deepest > Math.max(column, 0)) isDoubtful = true
  }

  function begin(holder: Value | null, key: string | number, keyFrom: number): Value {
    const value = valueIn(holder, key, keyFrom)
    values.push(value)
    return value
  }

  // Each reader of a value gives undefined where it is none that is read here; then nothing of the text is taken. Nor is it where a line stands
  // deeper than what could go on in it: the end of the text is not reached then.

  function readBlock(value: Value): unknown {
    if (isTooDeep(value)) return undefined
    return isDash(text, at) ? readList(value) : readMap(value)
  }

  function readMap(value: Value): unknown {
    const map: { [key: string]: unknown } = {}
    const own = column
    value.from = at
    do {
      const key = keyIn(text, at)
      if (key === '' || Object.hasOwn(map, key)) return undefined
      const read = readEntry(at + key.length + 1, own, begin(value, key, at))
      if (read === undefined) return undefined
      map[key] = read
    } while (column === own)
    value.end = below
    return map
  }

  function readList(value: Value): unknown {
    const list: unknown[] = []
    const own = column
    value.from = at
    do {
      const read = readItem(behindSpaces(text, at + 1), own, begin(value, list.length, -1))
      if (read === undefined) return undefined
      list.push(read)
    } while (column === own && isDash(text, at))
    value.end = below
    return list
  }

  /** What stands behind a key: on its line, or below. A list may stand in the column of its key. */
  function readEntry(from: number, own: number, value: Value): unknown {
    const start = behindSpaces(text, from)
    if (!isLineEnd(text, start)) return readInline(start, own, value)
    toContent(lineBelow(text, start))
    const isInside = column > own || (column === own && isDash(text, at))
    return isInside ? readBlock(value) : undefined
  }

  /** What stands behind the dash of a list: a value, or a map whose first key is on the same line. */
  function readItem(from: number, own: number, value: Value): unknown {
    if (isLineEnd(text, from) || isDash(text, from)) return undefined
    if (keyIn(text, from) === '') return readInline(from, own, value)
    column = own + from - at
    at = from
    return readMap(value)
  }

  /** A value that begins on the line of its key or dash; its map or list stands in the column `own`. */
  function readInline(from: number, own: number, value: Value): unknown {
    const code = text.charCodeAt(from)
    const read = code === PIPE || code === GREATER ? readBlockScalar(from, own, value) : readWithinLine(from, value)
    toContent(below)
    return read
  }

  function readWithinLine(from: number, value: Value): unknown {
    const read = flow.read(from, value)
    const end = behindSpaces(text, value.end)
    below = lineBelow(text, end)
    const isComment = text.charCodeAt(end) === HASH && end > value.end
    return isNewline(text, end) || isComment ? read : undefined
  }

  function readBlockScalar(from: number, own: number, value: Value): unknown {
    HEADER.lastIndex = from
    const header = HEADER.exec(text)
    if (header === null) return undefined
    const first = HEADER.lastIndex
    let line = first
    while (text.charCodeAt(line) === NEWLINE) line += 1
    const inner = behindSpaces(text, line) - line
    if (inner <= own || isNewline(text, line + inner)) return undefined
    const indent = ' '.repeat(inner)
    for (;;) {
      if (text.startsWith(indent, line)) below = line = lineBelow(text, line)
      else if (text.charCodeAt(line) === NEWLINE) line += 1
      else break
    }
    value.from = from
    value.end = below
    value.isText = true
    const body = `\n${text.slice(first, isNewline(text, below - 1) ? below - 1 : below)}`
    const isFolded = text.charCodeAt(from) === GREATER
    // Spaces that are content, or might be.
    if (BLANK.test(body) || (isFolded && body.includes(`\n${indent} `))) return undefined
    const content = body.replaceAll(`\n${indent}`, '\n').slice(1)
    return `${isFolded ? folded(content) : content}${header[1] === '-' ? '' : '\n'}`
  }
}

/** Whether a text holds what no agent file needs: it may be a trap. */
function isOdd(text: string): boolean {
  return ODD.test(text) || text.includes(LONG_GAP)
}
