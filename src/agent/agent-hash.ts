import { createHash } from 'node:crypto'
import type { Agent } from './agent.ts'
import { isMap } from './is-map.ts'

/** The hash is taken when somebody asks for it: a validation does not. */
export function withHash(agent: Agent): Agent {
  let hash: string | undefined
  return {
    ...agent,
    get hash() {
      hash ??= hashOf(agent)
      return hash
    },
  }
}

/** Over the resolved content alone: comments, key order and where things stand do not count. */
function hashOf(agent: Agent): string {
  const { file: _file, hash: _hash, places: _places, references: _references, ...content } = agent
  return createHash('sha256')
    .update(JSON.stringify(withSortedKeys(content)))
    .digest('hex')
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys)
  if (!isMap(value)) return typeof value === 'function' ? undefined : value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, withSortedKeys(value[key])]),
  )
}
