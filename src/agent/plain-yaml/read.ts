import type { Mark, Spot, Tree } from '../reading/marks.ts'
import { createFlowReader } from './flow.ts'
import { folded } from './scalar.ts'
import { behindSpaces, GREATER, HASH, isDash, isLineEnd, isNewline, keyIn, lineBelow, NEWLINE, PIPE } from './signs.ts'

/** How many values are read, how deep they may lie in one another, how many brackets may be opened. What has more is left to the whole reader. */
const VALUES_MAX = 10_000
const DEPTH_MAX = 32
const BRACKETS_MAX = 128
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
export function readPlain(text: string): Tree | null {
  if (isOdd(text)) return null
  const marks: (Mark & { readonly at: [number, number] })[] = []
  const flow = createFlowReader(text, mark)
  /** Where the content of the current line begins, and in which column; the column is -1 behind the last line. */
  let at = 0
  let column = -1
  /** Where the line below the last value begins. */
  let below = 0
  let isDoubtful = false

  toContent(0)
  if (column < 0) return { data: null, marks }
  START.lastIndex = at
  if (column === 0 && START.test(text)) toContent(START.lastIndex)
  const data = column === 0 ? readBlock({ path: [], keyAt: null }) : undefined
  if (data === undefined || column >= 0 || isDoubtful || marks.length > VALUES_MAX) return null
  return { data, marks }

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

  function mark({ path, keyAt }: Spot, from: number, isText: boolean) {
    const made = { path, keyAt, at: [from, from] as [number, number], isText }
    marks.push(made)
    if (path.length > DEPTH_MAX) isDoubtful = true
    return made
  }

  // Each reader of a value gives undefined where it is none that is read here; then nothing of the text is taken. Nor is it where a line stands
  // deeper than what could go on in it: the end of the text is not reached then.

  function readBlock(spot: Spot): unknown {
    return isDash(text, at) ? readList(spot) : readMap(spot)
  }

  function readMap(spot: Spot): unknown {
    const map: { [key: string]: unknown } = {}
    const made = mark(spot, at, false)
    const own = column
    do {
      const key = keyIn(text, at)
      if (key === '' || Object.hasOwn(map, key)) return undefined
      const end = at + key.length
      const value = readEntry(end + 1, own, { path: [...spot.path, key], keyAt: [at, end] })
      if (value === undefined) return undefined
      map[key] = value
    } while (column === own)
    made.at[1] = below
    return map
  }

  function readList(spot: Spot): unknown {
    const list: unknown[] = []
    const made = mark(spot, at, false)
    const own = column
    do {
      const value = readItem(behindSpaces(text, at + 1), own, { path: [...spot.path, list.length], keyAt: null })
      if (value === undefined) return undefined
      list.push(value)
    } while (column === own && isDash(text, at))
    made.at[1] = below
    return list
  }

  /** What stands behind a key: on its line, or below. A list may stand in the column of its key. */
  function readEntry(from: number, own: number, spot: Spot): unknown {
    const start = behindSpaces(text, from)
    if (!isLineEnd(text, start)) return readInline(start, own, spot)
    toContent(lineBelow(text, start))
    const isInside = column > own || (column === own && isDash(text, at))
    return isInside ? readBlock(spot) : undefined
  }

  /** What stands behind the dash of a list: a value, or a map whose first key is on the same line. */
  function readItem(from: number, own: number, spot: Spot): unknown {
    if (isLineEnd(text, from) || isDash(text, from)) return undefined
    if (keyIn(text, from) === '') return readInline(from, own, spot)
    column = own + from - at
    at = from
    return readMap(spot)
  }

  /** A value that begins on the line of its key or dash; its map or list stands in the column `own`. */
  function readInline(from: number, own: number, spot: Spot): unknown {
    const code = text.charCodeAt(from)
    const value = code === PIPE || code === GREATER ? readBlockScalar(from, own, spot) : readWithinLine(from, spot)
    toContent(below)
    return value
  }

  function readWithinLine(from: number, spot: Spot): unknown {
    const value = flow.read(from, spot)
    const end = behindSpaces(text, flow.end())
    below = lineBelow(text, end)
    const isComment = text.charCodeAt(end) === HASH && end > flow.end()
    return isNewline(text, end) || isComment ? value : undefined
  }

  function readBlockScalar(from: number, own: number, spot: Spot): unknown {
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
    mark(spot, from, true).at[1] = below
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
  const brackets = text.split('[').length + text.split('{').length - 2
  return ODD.test(text) || brackets > BRACKETS_MAX || text.includes(LONG_GAP)
}
