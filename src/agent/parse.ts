import { isAlias, isMap, isScalar, isSeq, Lexer, type Node, type Pair, parseDocument, visit } from 'yaml'
import type { Fault, Path } from './findings/fault.ts'
import { commentedItemHelp } from './reading/commented-item.ts'
import { lineAt } from './reading/lines.ts'
import { DEPTH_MAX, looksTooDeep } from './reading/nesting-depth.ts'
import { keyFault, valueFault } from './reading/scalar-faults.ts'
import type { MakeFault, Span, ValueSpan, YamlTree } from './reading/spans.ts'
import { type Enclosure, syntaxFault } from './reading/syntax.ts'
import { isUnrecoverable, reportableProblems } from './reading/yaml-problem.ts'
import type { RuleId } from './rules.ts'

/** How often anchors may be used again. */
const ALIASES_MAX = 100
/** Values of a file, aliases counted as often as they are used. */
const NODES_MAX = 20_000
/** How many keys are reported that have signs at their ends which only look like quotes or spaces. */
const WRONG_KEYS_MAX = 100

/** What a text holds, and what is wrong with it; where it cannot be read, `data` is undefined. */
export interface YamlDocument extends YamlTree {
  readonly faults: readonly Fault[]
}

/** Reads a text as YAML 1.2. Never throws: what cannot be read is a fault. */
export function readDocument(text: string, makeFault: MakeFault): YamlDocument {
  const spans: ValueSpan[] = []
  const unreadable = (faults: readonly Fault[]) => ({ data: undefined, faults, spans: () => spans })
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(text)
  if (control !== null) {
    const at = [control.index, control.index + 1] as const
    return unreadable([makeFault('RV002', 'a control character in the file', 'Remove it.', at)])
  }
  const tooDeep = () => unreadable([makeFault('RV010', `nested deeper than ${DEPTH_MAX}`, 'Flatten it.', [0, 0])])
  if (looksTooDeep(text)) return tooDeep()
  const run = propertyRun(text)
  if (run !== null) {
    const help = 'Keep one & and one ! a value, or put the text in quotes.'
    return unreadable([makeFault('RV002', 'a heap of anchors or tags before one value', help, run)])
  }
  const options = {
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
    resolveKnownTags: false,
    version: '1.2',
  } as const
  let document: ReturnType<typeof parseDocument>
  try {
    document = parseDocument(text, options)
  } catch (error) {
    if (error instanceof RangeError) return tooDeep()
    const message = error instanceof Error ? error.message : String(error)
    return unreadable([makeFault('RV002', message, 'Write it as plain YAML.', [0, 0])])
  }
  const problems = [...document.errors, ...document.warnings].sort((one, other) => one.pos[0] - other.pos[0])
  const errors = reportableProblems(problems, text).map((problem) => {
    return syntaxFault(problem, { text, enclosureAt: enclosureFinder(document, text), depthMax: DEPTH_MAX }, makeFault)
  })
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== '1.2') {
    const help = 'Remove the %YAML line.'
    errors.push(makeFault('RV002', 'the file asks to be read as YAML 1.1, which reads "no" as false', help, [0, 5]))
  }
  if (problems.some(isUnrecoverable) || errors.some(({ rule }) => rule !== 'RV002')) return unreadable(errors)
  const root: Node | null = document.contents
  const reader = createReader(document, { text, spans, makeFault })
  const data = root === null ? null : reader.read(root, [], 0)
  const faults = [...errors, ...reader.faults]
  const isLost = faults.some(({ rule }) => rule === 'RV008' || rule === 'RV010')
  return { data: isLost || reader.hasWrongKey() ? undefined : data, faults, spans: () => spans }
}

/** How many anchors and tags may stand in a row; a value has one of each. */
const PROPERTIES_MAX = 8

/** The first heap of anchors and tags with nothing between them: the parser takes time with the square of its length. */
function propertyRun(text: string): Span | null {
  if (!/(?:\s[&!]\S*\s*){8}/.test(text)) return null
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

/** Finds the innermost quote or bracket round an offset; one that is not closed counts to its end, and comes first. */
function enclosureFinder(
  document: ReturnType<typeof parseDocument>,
  text: string,
): (offset: number) => Enclosure | null {
  return (offset) => {
    let open: Enclosure | null = null
    let closed: Enclosure | null = null
    const visitNode = (node: Node) => {
      const [from, to] = rangeOf(node)
      const sign = text[from] ?? ''
      const isScalarNode = isScalar(node)
      if (!(isScalarNode ? /^QUOTE/.test(node.type ?? '') : /[[{]/.test(sign))) return
      const last = isScalarNode && to - from <= 1 ? '' : text[to - 1]
      const isClosed = last === (sign === '[' ? ']' : sign === '{' ? '}' : sign)
      if (!isClosed && from <= offset && offset <= Math.max(to, from + 1)) open = { start: from, isClosed }
      if (isClosed && !isScalarNode && from < offset && offset < to - 1) closed = { start: from, isClosed }
    }
    try {
      visit(document, { Node: (_key, node) => visitNode(node) })
    } catch (error) {
      // So deep that walking it overflows: another fault reports that.
      if (!(error instanceof RangeError)) throw error
    }
    return open ?? closed
  }
}

function createReader(
  document: ReturnType<typeof parseDocument>,
  { text, spans, makeFault }: { readonly text: string; readonly spans: ValueSpan[]; readonly makeFault: MakeFault },
) {
  const faults: Fault[] = []
  const open = new Set<Node>()
  let aliases = 0
  let nodes = 0
  let isStopped = false
  /** Keys that are not those that were meant, so that what seems to be missing may stand there. */
  let wrongKeys = 0

  function read(node: Node, path: Path, depth: number, keySpan: Span | null = null): unknown {
    const at = rangeOf(node)
    const isCollection = isMap(node) || isSeq(node)
    spans.push({ path, span: at, keySpan, isText: !isCollection && !isAlias(node) })
    nodes += 1
    if (isStopped) return null
    const fewer = aliases === 0 ? 'Take some of them out.' : 'Use fewer aliases.'
    if (nodes > NODES_MAX) return reject('RV008', `more than ${NODES_MAX} values`, fewer, at, path)
    if (depth > DEPTH_MAX) return reject('RV010', `nested deeper than ${DEPTH_MAX}`, 'Flatten it.', at, path)
    if (isAlias(node)) return readAlias(node, path, depth, at)
    if (isMap(node)) return readMap(node.items as readonly Pair<Node, Node | null>[], path, depth)
    if (isSeq(node)) return node.items.map((item, index) => read(item as Node, [...path, index], depth + 1))
    if (!isScalar(node)) return null
    const found = node.type === 'PLAIN' ? valueFault(node, { at, path }, makeFault) : null
    if (found !== null) faults.push(found)
    return readScalar(node.value, node.source ?? '', at, path)
  }

  function readAlias(node: Node & { source: string }, path: Path, depth: number, at: Span): unknown {
    aliases += 1
    const target =
      'resolve' in node && typeof node.resolve === 'function' ? (node.resolve(document) as Node | undefined) : undefined
    if (target === undefined) {
      const help = 'Put the value in quotes, or write an anchor before it: &name.'
      return reject('RV002', `*${node.source} has no anchor before it`, help, at, path)
    }
    if (aliases > ALIASES_MAX)
      return reject('RV008', `more than ${ALIASES_MAX} aliases`, 'Write the values out.', at, path)
    if (open.has(target)) return reject('RV008', `*${node.source} contains itself`, 'Write the value out.', at, path)
    open.add(target)
    const value = read(target, path, depth)
    open.delete(target)
    return value
  }

  function readMap(pairs: readonly Pair<Node, Node | null>[], path: Path, depth: number): unknown {
    const data: { [key: string]: unknown } = Object.create(null)
    const firstKey = firstKeyOfItem(pairs, path)
    for (const [index, { key, value }] of pairs.entries()) {
      const name = String(isScalar(key) ? key.value : '')
      const inner = [...path, name]
      const at = rangeOf(key)
      const mayBeWrong = isScalar(key) && key.type === 'PLAIN' && wrongKeys < WRONG_KEYS_MAX
      const wrong = mayBeWrong ? keyFault(text, { at, path: inner }, makeFault) : null
      if (wrong !== null) {
        faults.push(wrong)
        wrongKeys += 1
      }
      if (name in data) {
        const isNewItem = name === firstKey || (firstKey !== null && isRepeated(pairs.slice(index), data))
        const help = isNewItem ? newItemHelp(name, at[0]) : 'Keep one of the two.'
        faults.push({ ...makeFault('RV003', `"${name}" stands twice`, help, at, inner), text: name })
        // All that follows belongs to the item that was meant.
        if (isNewItem) break
        // An empty one is the one too many.
        if (data[name] !== null && data[name] !== '') continue
      }
      if (value === null) spans.push({ path: inner, span: at, keySpan: at, isText: false })
      Object.defineProperty(data, name, {
        value: value === null ? null : read(value, inner, depth + 1, at),
        enumerable: true,
        writable: true,
        configurable: true,
      })
    }
    return { ...data }
  }

  function newItemHelp(name: string, offset: number): string {
    return (
      commentedItemHelp(text, lineAt(text, offset)) ??
      `Where a new item begins, write - ${name}; else keep one of the two.`
    )
  }

  function readScalar(value: unknown, source: string, at: Span, path: Path): unknown {
    const inexact =
      typeof value === 'bigint' ||
      (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    if (inexact) {
      const help = 'Choose another, or put it in quotes if it is text.'
      return reject('RV009', 'a number that cannot be represented exactly', help, at, path)
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      const message = `${source} is no number that can be written down`
      faults.push({
        ...makeFault('RV009', message, 'Choose another, or put it in quotes if it is text.', at, path),
        isRecovered: true,
      })
      return source
    }
    return value
  }

  function reject(rule: RuleId, message: string, help: string, at: Span, path: Path): null {
    faults.push(makeFault(rule, message, help, at, path))
    isStopped ||= rule === 'RV008' || rule === 'RV010'
    return null
  }

  return { read, faults, hasWrongKey: () => wrongKeys > 0 }
}

/** Whether several keys are there already: those of an item whose "-" is lost. */
function isRepeated(pairs: readonly Pair<Node, Node | null>[], data: object): boolean {
  return pairs.filter(({ key }) => isScalar(key) && String(key.value) in data).length > 1
}

/** The key that an item of a list begins with. */
function firstKeyOfItem(pairs: readonly Pair<Node, Node | null>[], path: Path): string | null {
  const first = pairs[0]?.key
  return typeof path.at(-1) === 'number' && isScalar(first) ? String(first.value) : null
}

function rangeOf(node: Node): Span {
  const range = node.range
  return range ? [range[0], range[1]] : [0, 0]
}
