import type { Path } from '../findings/fault.ts'
import type { ValueSpan } from '../reading/spans.ts'

/** One value while it is read: what holds it, by which key, and where it stands. A file has many, so it is as small as it can be. */
export interface Value {
  readonly parent: Value | null
  readonly key: string | number
  /** Where the key begins; -1 where there is none. */
  readonly keyStart: number
  readonly depth: number
  start: number
  end: number
  isText: boolean
}

/** How deep values that are read here may lie in one another. */
const DEPTH_MAX = 32

export function isTooDeep({ depth }: Value): boolean {
  return depth > DEPTH_MAX
}

export function createValue(parent: Value | null, key: string | number, keyStart: number): Value {
  return {
    parent,
    key,
    keyStart,
    depth: parent === null ? 0 : parent.depth + 1,
    start: 0,
    end: 0,
    isText: false,
  }
}

export function spanOf(value: Value): ValueSpan {
  const { key, keyStart, start, end, isText } = value
  const keySpan = keyStart < 0 ? null : ([keyStart, keyStart + String(key).length] as const)
  return { path: pathOf(value), span: [start, end], keySpan, isText }
}

function pathOf({ parent, key }: Value): Path {
  return parent === null ? [] : [...pathOf(parent), key]
}
