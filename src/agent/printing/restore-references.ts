import type { Agent } from '../agent.ts'
import { agentPath } from './tool-paths.ts'

/** The agent with what its author wrote wherever a value came from the environment: fit to be shown, not to be run. */
export function restoreReferences(agent: Agent): Agent {
  return [...agent.references].reduce((shown, [words, written]) => {
    return replaceAt(shown, keysOf(agentPath(agent.places, words)), written)
  }, agent)
}

/** `tools[0].run` as keys. */
function keysOf(words: string): readonly string[] {
  return words.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
}

/** Text in place of what stands at a path; of a list, it is the only item. What is not there is left out. */
function replaceAt<Value>(value: Value, [key = '', ...rest]: readonly string[], text: string): Value {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value
  const inner = (value as { readonly [key: string]: unknown })[key]
  const changed = rest.length > 0 ? replaceAt(inner, rest, text) : Array.isArray(inner) ? [text] : text
  if (Array.isArray(value)) return value.with(Number(key), changed) as Value
  return { ...value, [key]: changed }
}
