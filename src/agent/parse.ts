import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml'
import type { Place } from './diagnostic.ts'
import { type Fault, type Path, pointerOf } from './fault.ts'
import { positionsIn } from './positions.ts'
import type { RuleId } from './rules.ts'
import { isBreak, syntaxFault, upToFirstBreak } from './syntax.ts'
import { decodeUtf8 } from './text.ts'
import { readingsOf } from './yaml11.ts'

/** The largest file that is read, in bytes. */
export const FILE_BYTES_MAX = 262_144
/** How deep maps and lists may lie in one another. */
const DEPTH_MAX = 64
/** How often anchors may be used again. */
const ALIASES_MAX = 100
/** Values of a file, aliases counted as often as they are used. */
const NODES_MAX = 20_000

/** One YAML file as plain data, with the place of every value in it. */
export interface ParsedFile {
  readonly file: string
  readonly text: string
  readonly data: unknown
  readonly faults: readonly Fault[]
  /** Place of the key or value at a path; of the nearest parent that is there. */
  placeOf(path: Path, part: 'key' | 'value'): Place
  /** The place of a stretch of the text. */
  placeAt(start: number, end: number): Place
  /** Whether a point lies in a value's text, where `#` begins no comment. */
  isText(offset: number): boolean
  /** Every path that the file holds, with its place. */
  paths(): readonly { readonly path: Path; readonly place: Place }[]
}

/** What was read of bytes that are still held: a load asks for files in rounds, and looks at the same bytes in each. */
const known = new WeakMap<Uint8Array, ParsedFile>()

/** Reads bytes as YAML 1.2. Never throws: what cannot be read is a fault, and `data` is then undefined. */
export function parseFile(file: string, bytes: Uint8Array): ParsedFile {
  const before = known.get(bytes)
  if (before?.file === file) return before
  const parsed = parse(file, bytes)
  known.set(bytes, parsed)
  return parsed
}

function parse(file: string, bytes: Uint8Array): ParsedFile {
  const decoded = decodeText(bytes)
  const text = decoded.text
  const lines = new LineCounter()
  const positions = positionsIn(text)
  const placeAt = (start: number, end: number): Place => {
    return { file, start: positions(start), end: positions(Math.max(start, end)) }
  }
  const found: Found = { values: new Map(), keys: new Map(), texts: [] }
  const fault = (
    rule: RuleId,
    message: string,
    help: string,
    at: readonly [number, number],
    path: Path = [],
  ): Fault => {
    return { rule, message, help, place: placeAt(...at), pointer: pointerOf(path) }
  }
  const result = decoded.fault === null ? readDocument(text, lines, found, fault) : { data: undefined, faults: [] }
  const faults = decoded.fault === null ? result.faults : [fault(...decoded.fault, [text.length, text.length])]

  function placeOf(path: Path, part: 'key' | 'value'): Place {
    for (let length = path.length; length >= 0; length -= 1) {
      const key = pointerOf(path.slice(0, length))
      const range = part === 'key' ? (found.keys.get(key) ?? found.values.get(key)) : found.values.get(key)
      if (range !== undefined) return placeAt(...range.at)
    }
    return placeAt(0, 0)
  }

  const isText = (offset: number) => found.texts.some(([start, end]) => offset >= start && offset < end)
  const paths = () => [...found.values.values()].map(({ path, at }) => ({ path, place: placeAt(...at) }))
  return { file, text, data: result.data, faults, placeOf, placeAt, isText, paths }
}

interface Found {
  readonly values: Map<string, { readonly path: Path; readonly at: readonly [number, number] }>
  readonly keys: Map<string, { readonly path: Path; readonly at: readonly [number, number] }>
  /** Where scalars stand. */
  readonly texts: (readonly [number, number])[]
}

type MakeFault = (rule: RuleId, message: string, help: string, at: readonly [number, number], path?: Path) => Fault

function decodeText(bytes: Uint8Array): { text: string; fault: readonly [RuleId, string, string] | null } {
  if (bytes.byteLength > FILE_BYTES_MAX) {
    const message = `the file has ${bytes.byteLength} bytes; at most ${FILE_BYTES_MAX} are read`
    return { text: '', fault: ['RV007', message, 'Move long prompts into an instructions_file.'] }
  }
  const decoded = decodeUtf8(bytes)
  if (decoded.text !== undefined) return { text: decoded.text, fault: null }
  return { text: decoded.readable, fault: ['RV001', decoded.message, 'Save the file as UTF-8.'] }
}

function readDocument(
  text: string,
  lines: LineCounter,
  found: Found,
  fault: MakeFault,
): { data: unknown; faults: readonly Fault[] } {
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(text)
  if (control !== null) {
    const at = [control.index, control.index + 1] as const
    return { data: undefined, faults: [fault('RV002', 'a control character in the file', 'Remove it.', at)] }
  }
  if (tooDeep(text)) {
    return { data: undefined, faults: [fault('RV010', `nested deeper than ${DEPTH_MAX}`, 'Flatten it.', [0, 0])] }
  }
  const crowd = propertyCrowd(text)
  if (crowd !== null) {
    const help = 'Keep one & and one ! a value, or put the text in quotes.'
    return { data: undefined, faults: [fault('RV002', 'a heap of anchors or tags before one value', help, crowd)] }
  }
  const options = {
    lineCounter: lines,
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
    version: '1.2',
  } as const
  let document: ReturnType<typeof parseDocument>
  try {
    document = parseDocument(text, options)
  } catch (error) {
    if (error instanceof RangeError)
      return { data: undefined, faults: [fault('RV010', `nested deeper than ${DEPTH_MAX}`, 'Flatten it.', [0, 0])] }
    const message = error instanceof Error ? error.message : String(error)
    return { data: undefined, faults: [fault('RV002', message, 'Write it as plain YAML.', [0, 0])] }
  }
  const problems = [...document.errors, ...document.warnings].sort((one, other) => one.pos[0] - other.pos[0])
  const errors = upToFirstBreak(problems).map((problem) => {
    return syntaxFault(problem, { text, openedAt: openedIn(document, text), depthMax: DEPTH_MAX }, fault)
  })
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== '1.2') {
    const help = 'Remove the %YAML line.'
    errors.push(fault('RV002', 'the file asks to be read as YAML 1.1, which reads "no" as false', help, [0, 5]))
  }
  if (problems.some(isBreak) || errors.some(({ rule }) => rule !== 'RV002')) return { data: undefined, faults: errors }
  const root: Node | null = document.contents
  const reader = createReader(document, found, fault)
  const data = root === null ? null : reader.read(root, [], 0)
  const faults = [...errors, ...reader.faults]
  return { data: faults.some(({ rule }) => rule === 'RV008' || rule === 'RV010') ? undefined : data, faults }
}

/** How many anchors and tags may stand in a row; a value has one of each. */
const PROPERTIES_MAX = 8

/** The first heap of anchors and tags with nothing between them: the parser takes time with the square of its length. */
function propertyCrowd(text: string): readonly [number, number] | null {
  if (!/(?:[&!]\S*\s+){8}[&!]/.test(text)) return null
  let offset = 0
  let count = 0
  for (const token of new Lexer().lex(text)) {
    const isProperty = token.startsWith('&') || token.startsWith('!')
    // Marks that the lexer adds are no part of the text.
    const length = /^[\u0002\u0018\u001f\ufeff]$/.test(token) ? 0 : token.length
    if (isProperty) count += 1
    else if (length > 0 && token.trim() !== '') count = 0
    if (count > PROPERTIES_MAX) return [offset, offset + length]
    offset += length
  }
  return null
}

/** A cheap look ahead, since the parser itself recurses. */
function tooDeep(text: string): boolean {
  let depth = 0
  for (const character of text.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '')) {
    if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
    if (depth > DEPTH_MAX * 4) return true
  }
  return /^ {1024}/m.test(text)
}

/** Finds the innermost quote or bracket that is open at an offset. */
function openedIn(document: ReturnType<typeof parseDocument>, text: string): (offset: number) => number | null {
  return (offset) => {
    let opened: number | null = null
    const see = (node: Node) => {
      const [from, to] = rangeOf(node)
      const sign = text[from] ?? ''
      const isOpen = isScalar(node) ? /^QUOTE/.test(node.type ?? '') : /[[{]/.test(sign)
      const last = isScalar(node) ? (to - from > 1 ? text[to - 1] : '') : text[to - 1]
      const isClosed = last === (sign === '[' ? ']' : sign === '{' ? '}' : sign)
      if (isOpen && !isClosed && from <= offset && offset <= Math.max(to, from + 1)) opened = from
    }
    try {
      visit(document, { Node: (_key, node) => see(node) })
    } catch (error) {
      // So deep that walking it overflows: another fault tells that.
      if (!(error instanceof RangeError)) throw error
    }
    return opened
  }
}

function createReader(document: ReturnType<typeof parseDocument>, found: Found, fault: MakeFault) {
  const faults: Fault[] = []
  const open = new Set<Node>()
  let aliases = 0
  let nodes = 0
  let isStopped = false

  function read(node: Node | null, path: Path, depth: number): unknown {
    if (node === null) return null
    const at = rangeOf(node)
    if (!found.values.has(pointerOf(path))) found.values.set(pointerOf(path), { path, at })
    nodes += 1
    if (isStopped) return null
    if (nodes > NODES_MAX) return refuse('RV008', `more than ${NODES_MAX} values`, 'Use fewer aliases.', at, path)
    if (depth > DEPTH_MAX) return refuse('RV010', `nested deeper than ${DEPTH_MAX}`, 'Flatten it.', at, path)
    if (isAlias(node)) return readAlias(node, path, depth, at)
    if (isMap(node)) return readMap(node.items as readonly Pair<Node, Node | null>[], path, depth)
    if (isSeq(node)) return node.items.map((item, index) => read(item as Node, [...path, index], depth + 1))
    found.texts.push(at)
    if (!isScalar(node)) return null
    if (node.type === 'PLAIN') tellDiffering(node.source ?? '', node.value, at, path)
    return readScalar(node.value, at, path)
  }

  function readAlias(
    node: Node & { source: string },
    path: Path,
    depth: number,
    at: readonly [number, number],
  ): unknown {
    aliases += 1
    const target =
      'resolve' in node && typeof node.resolve === 'function' ? (node.resolve(document) as Node | undefined) : undefined
    if (target === undefined)
      return refuse('RV002', `*${node.source} has no anchor before it`, `Write &${node.source} first.`, at, path)
    if (aliases > ALIASES_MAX)
      return refuse('RV008', `more than ${ALIASES_MAX} aliases`, 'Write the values out.', at, path)
    if (open.has(target)) return refuse('RV008', `*${node.source} contains itself`, 'Write the value out.', at, path)
    open.add(target)
    const value = read(target, path, depth)
    open.delete(target)
    return value
  }

  function readMap(pairs: readonly Pair<Node, Node | null>[], path: Path, depth: number): unknown {
    const data: { [key: string]: unknown } = Object.create(null)
    for (const { key, value } of pairs) {
      const name = String(isScalar(key) ? key.value : '')
      const inner = [...path, name]
      const at = rangeOf(key)
      if (name in data) {
        faults.push({ ...fault('RV003', `"${name}" stands twice`, 'Keep one of the two.', at, inner), text: name })
        continue
      }
      found.keys.set(pointerOf(inner), { path: inner, at })
      if (value === null) found.values.set(pointerOf(inner), { path: inner, at })
      Object.defineProperty(data, name, {
        value: read(value, inner, depth + 1),
        enumerable: true,
        writable: true,
        configurable: true,
      })
    }
    return { ...data }
  }

  function tellDiffering(source: string, value: unknown, at: readonly [number, number], path: Path): void {
    const reading = readingsOf(source, value)
    if (reading === null) return
    const message = `${source} is ${reading.ours} here, and ${reading.theirs} to readers of YAML 1.1`
    const help = /^(true|false)$/.test(reading.theirs)
      ? `Write ${reading.theirs}, or put it in quotes.`
      : 'Put it in quotes, or write it so that all read it alike.'
    faults.push({ ...fault('RV006', message, help, at, path), text: source })
  }

  function readScalar(value: unknown, at: readonly [number, number], path: Path): unknown {
    const inexact =
      typeof value === 'bigint' ||
      (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    const endless = typeof value === 'number' && !Number.isFinite(value)
    if (inexact || endless)
      return refuse(
        'RV009',
        'a number that cannot be represented exactly',
        'Put it in quotes, or choose another.',
        at,
        path,
      )
    return value
  }

  function refuse(rule: RuleId, message: string, help: string, at: readonly [number, number], path: Path): null {
    faults.push(fault(rule, message, help, at, path))
    isStopped ||= rule === 'RV008' || rule === 'RV010'
    return null
  }

  return { read, faults }
}

function rangeOf(node: Node): readonly [number, number] {
  const range = node.range
  return range ? [range[0], range[1]] : [0, 0]
}
