import type { RuleId } from '../rules.ts'

/** What is wrong with a value, and what to write instead. */
export interface Suggestion {
  /** The rule, if not that of the schema's error. */
  readonly rule?: RuleId
  /** What was found and what is expected, if that says more than the schema's error; follows the name of the setting. */
  readonly what?: string
  /** The value in its right form, best first; empty if it is unknown. */
  readonly replacements?: readonly string[]
  /** What to do, if writing the first of those is not all. */
  readonly help?: string
  /** Settings at the top of the file that it contains as well. */
  readonly contains?: readonly string[]
}

export interface ValueSchema {
  readonly type?: unknown
  readonly properties?: { readonly type?: { readonly enum?: readonly unknown[] } }
  readonly items?: object
}
