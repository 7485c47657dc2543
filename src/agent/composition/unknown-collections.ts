import { agentFileKeys } from '../../generated/agent-file-keys.js'
import { isMap } from '../is-map.ts'
import { valueAt } from '../value-at.ts'

/** Which map of an agent file it is: the file itself, or an entry of tools, which may be in a file of its own. */
export type SchemaScope = keyof typeof agentFileKeys

/** Maps in which the wire has settings that are at the top of the file here. */
const AUDIO_MAPS: readonly (readonly [string, string])[] = [
  ['audio', 'input'],
  ['audio', 'output'],
]

/** Paths of unknown keys that have a map or a list as their value. */
export function unknownCollections(data: unknown, scope: SchemaScope): readonly (readonly string[])[] {
  if (!isMap(data)) return []
  const own = collectionKeys(data).filter((key) => !agentFileKeys[scope].includes(key) && !key.startsWith('x-'))
  // All our own settings in those are scalars.
  const inner = isMap(data.audio)
    ? AUDIO_MAPS.flatMap((path) => collectionKeys(valueAt(data, path)).map((key) => [...path, key]))
    : []
  return [...own.map((key) => [key]), ...inner]
}

/** The keys that have a map or a list as their value. */
function collectionKeys(data: unknown): readonly string[] {
  if (!isMap(data)) return []
  return Object.keys(data).filter((key) => typeof data[key] === 'object' && data[key] !== null)
}
