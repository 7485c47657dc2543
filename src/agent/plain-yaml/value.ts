import type { Path } from '../findings/fault.ts'
import type { ValueSpan } from '../reading/spans.ts'

/** One value while it is read: what holds it, by which key, and where it stands. A file has many, so it is as small as it can be. */
export interface Value {
  readonly holder: Value | null
  readonly key: string | number
  /** Where the key begins; -1 where there is none. */
  readonly keyFrom: number
  readonly depth: number
  from: number
  end: number
  isText: boolean
}

/** How deep values that are read here may lie in one another. */
const DEPTH_MAX = 32

export function isTooDeep({ depth }: Value): boolean {
  return depth > DEPTH_MAX
}

export function valueIn(holder: Value | null, key: string | number, keyFrom: number): Value {
  return { holder, key, keyFrom, depth: holder === null ? 0 : holder.depth + 1, from: 0, end: 0, isText: false }
}

export function markOf(value: Value): ValueSpan {
  const { key, keyFrom, from, end, isText } = value
  const keySpan = keyFrom < 0 ? null : ([keyFrom, keyFrom + String(key).length] as const)
  return { path: pathOf(value), span: [from, end], keySpan, isText }
}

function pathOf({ holder, key }: Value): Path {
  return holder === null ? [] : [...pathOf(holder), key]
}
