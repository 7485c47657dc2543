import { agentFileKeys } from '../../generated/agent-file-keys.js'
import { isMap } from '../is-map.ts'
import { valueAt } from '../value-at.ts'

/** Where a map stands in an agent file: at its top, or as an entry of its tools, which is one of a list in any file. */
export type SchemaScope = keyof typeof agentFileKeys

/** Maps of a file in which the wire holds settings that stand at the top here. */
const AUDIO_MAPS: readonly (readonly [string, string])[] = [
  ['audio', 'input'],
  ['audio', 'output'],
]

/** Paths of keys that the schema does not know, with a map or a list behind them. */
export function unknownCollections(data: unknown, scope: SchemaScope): readonly (readonly string[])[] {
  if (!isMap(data)) return []
  const own = collectionKeys(data).filter((key) => !agentFileKeys[scope].includes(key) && !key.startsWith('x-'))
  // Each of our own settings in those is one value.
  const inner = isMap(data.audio)
    ? AUDIO_MAPS.flatMap((path) => collectionKeys(valueAt(data, path)).map((key) => [...path, key]))
    : []
  return [...own.map((key) => [key]), ...inner]
}

/** The keys with a map or a list behind them. */
function collectionKeys(data: unknown): readonly string[] {
  if (!isMap(data)) return []
  return Object.keys(data).filter((key) => typeof data[key] === 'object' && data[key] !== null)
}
