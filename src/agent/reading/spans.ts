import type { Fault, Path } from '../findings/fault.ts'
import type { RuleId } from '../rules.ts'

/** Offsets in a text: of its first character, and just behind its last. */
export type Span = readonly [number, number]

/** Makes the fault of a span of the text; `path` leads to the value it is about. */
export type MakeFault = (rule: RuleId, message: string, help: string, at: Span, path?: Path) => Fault

/** Where one value of a file stands. */
export interface ValueSpan {
  readonly path: Path
  readonly span: Span
  /** Where its key stands, if it has one. */
  readonly keySpan: Span | null
  /** Whether it is a scalar: a `#` in it begins no comment. */
  readonly isText: boolean
}

/** What a reader of YAML makes of a text. */
export interface YamlTree {
  readonly data: unknown
  /** In the order of reading: a map comes before what it holds. Made when somebody asks: a file without a fault has no use for them. */
  spans(): readonly ValueSpan[]
}
