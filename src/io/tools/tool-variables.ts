import { createLiveMask, type Mask } from '../secret-mask.ts'

/** The variables of this process, and those of them that no tool and no server ever gets. */
export interface ToolVariables {
  readonly baseEnv: NodeJS.ProcessEnv
  /** Names of variables that hold a secret of the runner, such as the API key. More may become known later. */
  readonly hidden: () => readonly string[]
}

/** The value of a variable that may be filled in; undefined if it is not set, or hidden. */
export function readableValue({ baseEnv, hidden }: ToolVariables, name: string): string | undefined {
  return hidden().includes(name) ? undefined : baseEnv[name]
}

/** The values of variables, hidden ones included; empty if one is not set. */
export function valuesOf({ baseEnv }: ToolVariables, names: readonly string[]): readonly string[] {
  return names.map((name) => baseEnv[name] ?? '')
}

/** A mask for these values, and for those of the hidden variables. */
export function createVariableMask(values: readonly string[], variables: ToolVariables): Mask {
  return createLiveMask(() => [...values, ...valuesOf(variables, variables.hidden())])
}

/** Returns a check whether one of the variables that a process was given has become a hidden one since. */
export function createHiddenCheck(given: readonly string[], { hidden }: ToolVariables): () => boolean {
  const names = given.filter((name) => !hidden().includes(name))
  return () => hidden().some((name) => names.includes(name))
}

/** Throws if one of the variables filled into a command or an address is hidden. */
export function refuseHiddenVariables(named: readonly string[], { hidden }: ToolVariables): void {
  const hiddenName = named.find((name) => hidden().includes(name))
  if (hiddenName !== undefined)
    throw new Error(`it would be given ${hiddenName}, which holds a secret of the runner, in its words`)
}
