import type { AgentFileData } from '../build.ts'
import type { Composed } from '../composition/origin.ts'
import type { Fault, Path } from '../findings/fault.ts'
import type { CompileParameters } from '../tool.ts'

/** A rule across settings of the whole file. */
export type Check = (data: AgentFileData, context: CheckContext) => readonly Fault[]

export interface CheckContext {
  readonly parsed: Composed
  at(path: Path, part?: 'key' | 'value'): Pick<Fault, 'place' | 'pointer'>
  isValid(path: Path): boolean
  readonly compile: CompileParameters
  /** Pointers to what was meant by keys that are wrong. */
  readonly meant: ReadonlySet<string>
}

/** What is wrong with a value, by its path; a place is found for it later. */
export type Finding = Omit<Fault, 'place' | 'pointer'> & {
  readonly path: Path
  readonly part?: 'key'
}
