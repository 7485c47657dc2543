import { Document, isCollection, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml'
import type { Path } from '../findings/fault.ts'

/** Longest list of plain values that is written on one line, in characters. */
const FLOW_CHARACTERS_MAX = 80

/** Data as YAML: long texts as blocks, short lists on one line. `note` gives the comment of a value that stands on a line of its own. */
export function printYaml(data: unknown, commentAt: (path: Path) => string | null = () => null): string {
  const document = new Document(data, { version: '1.2', compat: 'yaml-1.1', aliasDuplicateObjects: false })
  annotate(document.contents, [])
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })

  function annotate(node: Node | null, path: Path): void {
    if (isMap(node)) {
      for (const pair of node.items as Pair<Node, Node | null>[]) {
        const key = isScalar(pair.key) ? String(pair.key.value) : ''
        annotate(pair.value, [...path, key])
      }
    } else if (isSeq(node) && !isShort(node)) {
      for (const [index, item] of node.items.entries()) annotate(item as Node, [...path, index])
      return
    } else if (isSeq(node)) node.flow = true
    if (isCollection(node) && node.items.length === 0) node.flow = true
    const isLeaf = !isCollection(node) || node.items.length === 0 || isSeq(node)
    const text = isLeaf && path.length > 0 ? commentAt(path) : null
    if (text !== null && isNode(node)) node.comment = ` ${text}`
  }
}

function isShort(node: { readonly items: readonly unknown[] }): boolean {
  const values = node.items.map((item) => (isScalar(item) ? String(item.value) : null))
  return values.every((value) => value !== null) && values.join(', ').length <= FLOW_CHARACTERS_MAX
}
