import { dirname, isAbsolute, join } from 'node:path'
import type { Agent } from '../agent.ts'
import { authorPath, type Path } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { redactAddress } from '../requests/address.ts'
import { withDefaults } from '../shape/defaults.ts'
import { AGENT_FILE_SCHEMA } from '../shape/subschemas.ts'
import { relativeTo } from './author-paths.ts'

/**
 * All that an agent is, as one agent file would say it: parents and lists joined, the prompt in place, defaults filled in. A variable is
 * shown by its name and never by its value.
 */
export function effectiveSettings(agent: Agent, written: unknown): unknown {
  const { instructions_file: _named, ...settings } = isMap(written) ? written : {}
  const whole = withDefaults({ ...settings, instructions: escapeReferences(agent.instructions) }, [AGENT_FILE_SCHEMA])
  return mapLeaves(whole, [], (value, path) => displayedValue(value, path, agent))
}

/** The prompt is what the model reads: what looks like a variable in it is text. */
function escapeReferences(text: string): string {
  return text.replaceAll('${env:', '$$$${env:')
}

/** Where a setting comes from, in a few words: file and line, or that nobody gave it. */
export function originOf(agent: Agent, path: Path): string {
  const place = agent.places.get(authorPath(path))
  return place === undefined ? 'default' : `${place.file}:${place.start.line}`
}

/** The settings that name files beside the file in which they stand. */
const PATH_SETTINGS =
  /^(tools\[\d+\]\.((run|mcp\.command)(\[0\])?|(mcp\.)?cwd|env_file|parameters_file)|hooks\.\w+(\.run)?(\[0\])?)$/

function displayedValue(value: unknown, path: Path, agent: Agent): unknown {
  if (typeof value !== 'string') return value
  const words = authorPath(path)
  const place = agent.places.get(words)
  const isProgramName = /\.(run|mcp\.command)(\[0\])?$/.test(words) && !value.includes('/')
  if (PATH_SETTINGS.test(words) && !isProgramName && place !== undefined)
    return relativeToAgentFile(value, place.file, agent.file)
  return words === 'connection.base_url' || words.endsWith('.url') ? redactAddress(value) : value
}

/** A path as it would be written in the agent file. */
function relativeToAgentFile(path: string, from: string, agentFile: string): string {
  if (isAbsolute(path) || path.includes('${') || dirname(from) === dirname(agentFile)) return path
  return relativeTo(dirname(agentFile), join(dirname(from), path))
}

function mapLeaves(value: unknown, path: Path, change: (value: unknown, path: Path) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => mapLeaves(item, [...path, index], change))
  if (!isMap(value)) return change(value, path)
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, mapLeaves(inner, [...path, key], change)]),
  )
}
