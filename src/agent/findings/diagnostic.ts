/** A point in a file: line and column count from 1 (columns in code points), offset in UTF-16 units from 0. */
export interface Position {
  readonly line: number
  readonly column: number
  readonly offset: number
}

/** A stretch of one file. `end` is the point just behind its last character. */
export interface Place {
  readonly file: string
  readonly start: Position
  readonly end: Position
}

export type Level = 'error' | 'warning' | 'note'

/** One thing wrong in an agent file. Its JSON is the `findings[]` entry of `validate --format json`. */
export interface Diagnostic {
  /** Rule id, such as `RV101`; never reused for another meaning. */
  readonly rule: string
  readonly level: Level
  readonly message: string
  /** The file that holds the fault, as it was named by the person who asked, or relative to where they stand. */
  readonly file: string
  /** JSON pointer to the value inside the file's data. */
  readonly pointer: string
  readonly range: { readonly start: Position; readonly end: Position }
  /** What would be right, best first. */
  readonly suggest?: readonly { readonly replace: string }[]
  /** One sentence that says what to do. */
  readonly help: string
  /** Made of rule, file, pointer and offending text, so that it survives moves within the file. */
  readonly fingerprint: string
}
