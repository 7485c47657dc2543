import { isMap } from '../is-map.ts'
import { AGENT_FILE, type SchemaPart } from '../shape/schema-parts.ts'

/** Where a map stands in an agent file: at its top, or as an entry of its tools, which is one of a list in any file. */
export type Holding = 'file' | 'tool'

const { definitions } = AGENT_FILE as { readonly definitions?: { readonly tool?: SchemaPart } }

/** What the schema says of such a map. */
export const KNOWN: { readonly [holding in Holding]: SchemaPart } = { file: AGENT_FILE, tool: definitions?.tool ?? {} }

/** Keys that the schema does not know, with a map or a list behind them. */
export function strangeWords(data: unknown, holding: Holding): readonly string[] {
  if (!isMap(data)) return []
  const { properties } = KNOWN[holding]
  return Object.keys(data).filter((key) => {
    const value = data[key]
    return typeof value === 'object' && value !== null && !Object.hasOwn(properties ?? {}, key) && !key.startsWith('x-')
  })
}
