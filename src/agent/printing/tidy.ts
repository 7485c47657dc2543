import { isDeepStrictEqual } from 'node:util'
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
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
import { diagnose } from '../findings/fault.ts'
import { parseFile } from '../reading/parsed-file.ts'
import { knownKeys } from '../shape/defaults.ts'
import { AGENT_FILE, partsFor, partsOfKey, type SchemaPart } from '../shape/schema-parts.ts'
import { type FoldedText, foldedText, withFoldedTexts } from './folded-text.ts'

/** Longest list or map that stays on one line, in characters. */
const FLOW_CHARACTERS_MAX = 100
/** Rounds until a text stays as it is: what one round moves may be shorter in the next. */
const ROUNDS_MAX = 8

export type Tidied =
  | { readonly status: 'tidied'; readonly text: string; readonly isChanged: boolean }
  /** It cannot be read as YAML, so nobody knows what it means. */
  | { readonly status: 'rejected'; readonly diagnostics: readonly Diagnostic[]; readonly source: string }
  /** It would come to mean something else. */
  | { readonly status: 'unsafe' }

/** The canonical form of an agent file or of a part of one. Whatever comes out means the same as what went in. */
export function tidyFile(file: string, bytes: Uint8Array): Tidied {
  const { data, text: source, faults } = parseFile(file, bytes)
  if (data === undefined || faults.length > 0) return { status: 'rejected', diagnostics: faults.map(diagnose), source }
  const text = tidy(source)
  const after = parseFile(file, new TextEncoder().encode(text))
  if (after.faults.length > 0 || !isDeepStrictEqual(after.data, data)) return { status: 'unsafe' }
  return { status: 'tidied', text, isChanged: !Buffer.from(text).equals(bytes) }
}

/** The order of the schema, even spacing, every comment kept. The text has no fault of YAML. */
export function tidy(text: string): string {
  let before = text
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const after = tidyOnce(before)
    if (after === before) return after
    before = after
  }
  return before
}

function tidyOnce(text: string): string {
  const document = parseDocument(text.replaceAll('\r\n', '\n'), { keepSourceTokens: true, stringKeys: true })
  const root = document.contents as Node | null
  if (!isCollection(root)) return text
  const schema = isSeq(root) ? [{ items: toolsOf(AGENT_FILE) }] : [AGENT_FILE]
  if (!hasAliases(document)) order(root, schema, document)
  const folded = layOut(document, text)
  return withFoldedTexts(document.toString({ lineWidth: 0 }), folded)
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

/** Puts the keys that the schema knows into its order, and the author's own behind them, each with its comments. */
function order(node: Node | null, schemas: readonly SchemaPart[], document: Document): void {
  if (!isCollection(node)) return
  const parts = schemas.flatMap((schema) => partsFor(schema, node.toJS(document)))
  if (isSeq(node)) {
    const items = parts.flatMap(({ items }) => (items === undefined ? [] : [items]))
    for (const item of node.items) order(item as Node, items, document)
    return
  }
  if (!isMap(node)) return
  const pairs = node.items as Pair<Node, Node | null>[]
  for (const pair of pairs) order(pair.value, partsOfKey(parts, keyOf(pair)), document)
  const known = [...new Set(knownKeys(parts))]
  const rank = (pair: Pair<Node>) => (known.includes(keyOf(pair)) ? known.indexOf(keyOf(pair)) : known.length)
  const sorted = pairs.toSorted((one, other) => rank(one) - rank(other))
  if (known.length === 0 || sorted.every((pair, index) => pair === pairs[index])) return
  const [first, next] = [pairs[0]?.key, sorted[0]?.key]
  if (first === undefined || next === undefined) return
  if (first !== next && node === document.contents) liftHeader(document, node)
  if (first !== next && node.commentBefore) {
    first.commentBefore = [node.commentBefore, first.commentBefore].filter((part) => part).join('\n')
    node.commentBefore = next.commentBefore ?? null
    next.commentBefore = null
  }
  node.items = sorted
}

/** Blank lines, one-line collections, and texts that are folded by their author. */
function layOut(document: Document, text: string): readonly FoldedText[] {
  const folded: FoldedText[] = []
  visit(document, {
    Collection: (_key, node) => {
      const first = isMap(node) ? (node.items[0] as Pair<Node> | undefined)?.key : (node.items[0] as Node | undefined)
      if (first && !isAlias(first)) first.spaceBefore = false
      if (node.flow && !isShort(node, text)) node.flow = false
      if (node.flow) padMapsAlone(node)
    },
    Scalar: (_key, node) => {
      const kept = foldedText(node as Scalar, folded.length)
      if (kept === null) return
      folded.push(kept)
      Object.assign(node, { value: kept.mark, type: 'PLAIN', comment: null })
    },
  })
  return folded
}

function isShort(node: Node, text: string): boolean {
  const [start, end] = node.range ?? [0, 0]
  return end - start <= FLOW_CHARACTERS_MAX && !text.slice(start, end).includes('\n')
}

/** `{ a: 1 }` and `[a, b]`: the printer knows one way for both. */
function padMapsAlone(node: Node): void {
  const print = node.toString.bind(node) as (context?: object, ...rest: readonly unknown[]) => string
  const flowCollectionPadding = isMap(node) ? ' ' : ''
  node.toString = (context?: object, ...rest: readonly unknown[]) =>
    print({ ...context, flowCollectionPadding }, ...rest)
}

function keyOf({ key }: Pair<Node>): string {
  return isScalar(key) ? String(key.value) : ''
}

function toolsOf({ properties }: SchemaPart): SchemaPart {
  const tools = properties?.tools
  return typeof tools === 'object' ? (tools.items ?? {}) : {}
}
