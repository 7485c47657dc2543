import { agentFileKeys } from '../../generated/agent-file-keys.js'
import { isMap } from '../is-map.ts'

/** Where a map stands in an agent file: at its top, or as an entry of its tools, which is one of a list in any file. */
export type Holding = keyof typeof agentFileKeys

/** Keys that the schema does not know, with a map or a list behind them. */
export function strangeWords(data: unknown, holding: Holding): readonly string[] {
  if (!isMap(data)) return []
  return Object.keys(data).filter((key) => {
    const value = data[key]
    return typeof value === 'object' && value !== null && !agentFileKeys[holding].includes(key) && !key.startsWith('x-')
  })
}
