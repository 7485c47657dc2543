import type { AgentFileData } from '../build.ts'
import type { Path } from '../findings/fault.ts'

/** A variable of the environment, and where the file names it. */
export interface DeclaredVariable {
  readonly name: string
  readonly path: Path
}

/** The variables that a file names: the one that holds the key, and those that its tools, servers and hooks see. */
export function declaredVariables({ connection, tools, hooks }: AgentFileData): readonly DeclaredVariable[] {
  const key = connection?.api_key_env
  const entries: readonly unknown[] = Array.isArray(tools) ? tools : []
  const lists: readonly (readonly [unknown, Path])[] = [
    ...entries.flatMap((tool, index): readonly (readonly [unknown, Path])[] => [
      [tool, ['tools', index]],
      [Object(tool).mcp, ['tools', index, 'mcp']],
    ]),
    ...Object.entries(Object(hooks)).map(([event, hook]) => [hook, ['hooks', event]] as const),
  ]
  const all = [
    { name: key, path: ['connection', 'api_key_env'] },
    ...lists.flatMap(([holder, path]) => {
      const { env } = Object(holder) as { readonly env?: unknown }
      const names: readonly unknown[] = Array.isArray(env) ? env : []
      return names.map((name, position) => ({ name, path: [...path, 'env', position] }))
    }),
  ]
  return all.flatMap(({ name, path }) => (typeof name === 'string' && /^\w+$/.test(name) ? [{ name, path }] : []))
}
