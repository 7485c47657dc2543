import type { Path } from '../findings/fault.ts'

/** Offsets in a text: of its first character, and just behind its last. */
export type Stretch = readonly [number, number]

/** Where a value belongs, and where its key stands, if it has one. */
export interface Spot {
  readonly path: Path
  readonly keyAt: Stretch | null
}

/** Where one value of a file stands. */
export interface Mark extends Spot {
  readonly at: Stretch
  /** Whether it is a scalar: a `#` in it begins no comment. */
  readonly isText: boolean
}

/** What a reader of YAML makes of a text. Marks are in the order of reading: a map comes before what it holds. */
export interface Tree {
  readonly data: unknown
  readonly marks: readonly Mark[]
}
