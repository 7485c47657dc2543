import { isDeepStrictEqual } from 'node:util'
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import type { Diagnostic } from '../findings/diagnostic.ts'
import { isError, toDiagnostic } from '../findings/fault.ts'
import { parseIgnores } from '../findings/ignores.ts'
import { parseFile } from '../reading/parsed-file.ts'
import { knownKeys } from '../shape/defaults.ts'
import { AGENT_FILE_SCHEMA, type Subschema, subschemasFor, subschemasOfKey } from '../shape/subschemas.ts'
import {
  placeholderAt,
  restoreScalars,
  unusedCharacter,
  type VerbatimScalar,
  verbatimScalar,
} from './verbatim-scalars.ts'

/** Longest list or map that stays on one line, in characters. */
const FLOW_CHARACTERS_MAX = 100
/** Rounds until a text stays as it is: what one round moves may be shorter in the next. */
const ROUNDS_MAX = 8

export type FormatResult =
  | { readonly status: 'formatted'; readonly text: string; readonly isChanged: boolean }
  /** It cannot be read as YAML, so nobody knows what it means. */
  | { readonly status: 'rejected'; readonly diagnostics: readonly Diagnostic[]; readonly source: string }
  /** It would come to mean something else. */
  | { readonly status: 'unsafe' }

/** The canonical form of an agent file or of a part of one. Whatever comes out means the same as what went in. */
export function formatSource(file: string, bytes: Uint8Array): FormatResult {
  const { data, text: source, faults } = parseFile(file, bytes)
  if (data === undefined || faults.some(isError))
    return { status: 'rejected', diagnostics: faults.map(toDiagnostic), source }
  const text = formatText(source)
  const after = parseFile(file, new TextEncoder().encode(text))
  if (after.faults.some(isError) || !isDeepStrictEqual(after.data, data)) return { status: 'unsafe' }
  return { status: 'formatted', text, isChanged: !Buffer.from(text).equals(bytes) }
}

/** The order of the schema, even spacing, every comment kept. The text has no fault of YAML. */
export function formatText(text: string): string {
  let before = text
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const after = formatOnce(before)
    if (after === before) return after
    before = after
  }
  return before
}

function formatOnce(text: string): string {
  const source = text.replaceAll('\r\n', '\n')
  const document = parseDocument(source, { keepSourceTokens: true, stringKeys: true })
  const root = document.contents as Node | null
  if (!isCollection(root)) return text
  const schema = isSeq(root) ? [{ items: toolsOf(AGENT_FILE_SCHEMA) }] : [AGENT_FILE_SCHEMA]
  breakLongCollections(document, source)
  keepCommentsBesideKeys(document)
  if (!hasAliases(document)) sortKeys(root, schema, document)
  const delimiter = unusedCharacter(source)
  const scalars = prepareForPrinting(document, delimiter)
  return restoreScalars(document.toString({ lineWidth: 0 }), scalars, delimiter)
}

/** An alias must not come to stand before what it refers to. */
function hasAliases(document: Document): boolean {
  let found = false
  visit(document, {
    Alias: () => {
      found = true
      return visit.BREAK
    },
  })
  return found
}

/** What stands above a blank line, or names the schema, is about the file and not about its first key. */
function liftHeader(document: Document, root: YAMLMap): void {
  const first = (root.items[0] as Pair<Node> | undefined)?.key
  const comment = first?.commentBefore ?? root.commentBefore
  if (first === undefined || comment === undefined || comment === null) return
  const lines = comment.split('\n')
  const named = lines.findLastIndex((line) => /^ *(yaml-language-server:|\$schema:)/.test(line))
  const end = Math.max(lines.lastIndexOf(''), named)
  if (end < 0) return
  const header = lines
    .slice(0, end + 1)
    .join('\n')
    .replace(/\n+$/, '')
  document.commentBefore = [document.commentBefore, header].filter((part) => part).join('\n\n')
  root.commentBefore = null
  first.commentBefore = lines.slice(end + 1).join('\n') || null
}

/** Collections that are too long for one line, or stand on several, get a line for each entry. */
function breakLongCollections(document: Document, text: string): void {
  const parsed = parseFile('', new TextEncoder().encode(text))
  const ignored = new Set(parseIgnores(parsed).ignores.map(({ line }) => line))
  visit(document, {
    Collection: (_key, node) => {
      if (!node.flow || isShort(node, text)) return
      const [start = 0, end = 0] = node.range ?? []
      const place = parsed.placeAt(start, end)
      // The comment speaks of that line, and of nothing that would come to stand below it.
      node.flow = place.start.line === place.end.line && ignored.has(place.start.line)
    },
  })
}

/** A comment on the line of a key whose value stands below it is about the key: to the reader it is the first above the value. */
function keepCommentsBesideKeys(document: Document): void {
  visit(document, {
    Pair: (_key, { key, value, srcToken }, path) => {
      const parent = path.at(-1)
      if (!isScalar(key) || !isNode(value) || !isMap(parent) || parent.flow) return
      const { sep = [] } = srcToken ?? {}
      const lineEnd = sep.findIndex(({ type }) => type === 'newline')
      const beside = sep.slice(0, Math.max(0, lineEnd)).find(({ type }) => type === 'comment')
      const [first, ...others] = value.commentBefore?.split('\n') ?? []
      if (beside === undefined || !('source' in beside) || first !== beside.source.slice(1)) return
      key.comment = first
      value.commentBefore = others.join('\n') || null
    },
  })
}

/**
 * Puts the keys that the schema knows into its order, and the author's own behind them, each with its comments. `above` is where the comment
 * stands that is above a map: at the map, or for an item of a list at the item, or at the list.
 */
function sortKeys(
  node: Node | null,
  schemas: readonly Subschema[],
  document: Document,
  above: Node | null = null,
): void {
  if (!isCollection(node)) return
  const parts = schemas.flatMap((schema) => subschemasFor(schema, node.toJS(document)))
  if (isSeq(node)) {
    const items = parts.flatMap(({ items }) => (items === undefined ? [] : [items]))
    for (const [index, item] of (node.items as Node[]).entries())
      sortKeys(item, items, document, index === 0 && !item.commentBefore ? node : item)
    return
  }
  if (!isMap(node)) return
  const pairs = node.items as Pair<Node, Node | null>[]
  for (const pair of pairs) sortKeys(pair.value, subschemasOfKey(parts, keyOf(pair)), document)
  const known = [...new Set(knownKeys(parts))]
  const rank = (pair: Pair<Node>) => (known.includes(keyOf(pair)) ? known.indexOf(keyOf(pair)) : known.length)
  const sorted = pairs.toSorted((one, other) => rank(one) - rank(other))
  if (known.length === 0 || sorted.every((pair, index) => pair === pairs[index])) return
  const [first, next] = [pairs[0]?.key, sorted[0]?.key]
  if (first === undefined || next === undefined) return
  if (first !== next && node === document.contents) liftHeader(document, node)
  if (first !== next && !node.flow) moveComments(above ?? node, { first, next, isItem: above !== null })
  node.items = sorted
}

interface ReorderedKeys {
  readonly first: Node
  /** The one that comes to be the first. */
  readonly next: Node
  readonly isItem: boolean
}

/** What stands above a map goes with its first key; above an item of a list it is about the item, but for what is ignored on the line below. */
function moveComments(holder: Node, { first, next, isItem }: ReorderedKeys): void {
  if (!holder.commentBefore) return
  const lines = holder.commentBefore.split('\n')
  const isOfKey = (line: string) => !isItem || line.includes('runner-ignore')
  const join = (...parts: readonly (string | null | undefined)[]) => parts.filter((part) => part).join('\n') || null
  first.commentBefore = join(...lines.filter(isOfKey), first.commentBefore)
  holder.commentBefore = join(...lines.filter((line) => !isOfKey(line)), next.commentBefore)
  next.commentBefore = null
}

/** Blank lines, one-line collections, and every scalar as its author wrote it. */
function prepareForPrinting(document: Document, delimiter: string): readonly VerbatimScalar[] {
  const scalars: VerbatimScalar[] = []
  visit(document, {
    Collection: (_key, node) => {
      const first = isMap(node) ? (node.items[0] as Pair<Node> | undefined)?.key : (node.items[0] as Node | undefined)
      if (first && !isAlias(first)) first.spaceBefore = false
      if (node.flow) padMapsOnly(node)
    },
    Scalar: (key, node) => {
      const verbatim = verbatimScalar(node as Scalar, placeholderAt(scalars.length, delimiter), key === 'key')
      if (verbatim === null) return
      scalars.push(verbatim)
      const isBlock = node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL'
      // The comment of a block stands in its head.
      Object.assign(node, { value: verbatim.placeholder, type: 'PLAIN', ...(isBlock ? { comment: null } : {}) })
    },
  })
  return scalars
}

function isShort(node: Node, text: string): boolean {
  const [start, end] = node.range ?? [0, 0]
  return end - start <= FLOW_CHARACTERS_MAX && !text.slice(start, end).includes('\n')
}

/** `{ a: 1 }` and `[a, b]`: the printer knows one way for both. */
function padMapsOnly(node: Node): void {
  const print = node.toString.bind(node) as (context?: object, ...rest: readonly unknown[]) => string
  const flowCollectionPadding = isMap(node) ? ' ' : ''
  node.toString = (context?: object, ...rest: readonly unknown[]) =>
    print({ ...context, flowCollectionPadding }, ...rest)
}

function keyOf({ key }: Pair<Node>): string {
  return isScalar(key) ? String(key.value) : ''
}

function toolsOf({ properties }: Subschema): Subschema {
  const tools = properties?.tools
  return typeof tools === 'object' ? (tools.items ?? {}) : {}
}
