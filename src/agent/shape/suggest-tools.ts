import { agentFileKeys } from '../../generated/agent-file-keys.js'
import { isMap } from '../is-map.ts'
import { listOf, plain } from '../printing/shown-value.ts'
import type { Suggestion } from './suggest-value.ts'
import { resolveSynonym } from './value-synonyms.ts'

/** A file of tools by its name. */
const YAML_FILE = /^[^\s:]+\.ya?ml$/i

/** Keys of one tool that hold a map. */
const MAP_KEYS = ['mcp', 'http', 'parameters', 'limits', 'say_after']

/** What an author means by a map in the place of the list of tools: one tool, or tools by their names. */
export function suggestTools(data: unknown): Suggestion | null {
  if (typeof data === 'string' && YAML_FILE.test(data)) return { replacements: [`[{ include: ${data} }]`] }
  if (isNone(data)) return { replacements: ['[]'], help: 'Write [] for none, or the entries below it: - name: ….' }
  if (!isMap(data)) return null
  const keys = Object.keys(data)
  const [first = '…'] = keys
  if (first.startsWith('-') && first.length > 1) return { help: `Write a space behind each "-": - ${first.slice(1)}.` }
  const isNamed = keys.length > 0 && keys.every((key) => isMap(data[key]) && !MAP_KEYS.includes(key))
  const help = isNamed
    ? `Write each as an entry of a list: - name: ${first}, and the rest of the tool below it.`
    : `Put a "- " before ${first}${keys.length > 1 ? ', and indent the rest of the tool like it' : ''}.`
  return { help }
}

function isNone(data: unknown): boolean {
  if (isMap(data)) return Object.keys(data).length === 0
  return data === null || data === false || (typeof data === 'string' && /^(none|off|no|false)$/i.test(data))
}

/** The same for a word in the place of one tool. */
export function suggestTool(data: unknown): Suggestion | null {
  if (typeof data !== 'string' || data === '') return null
  if (countPairsWithoutSpace(data, agentFileKeys.tool) > 0) return MISSING_SPACES
  const control = resolveSynonym(data, 'control', ['end_call', 'set_voice'])
  if (control !== null) return { replacements: [`{ control: ${control} }`] }
  if (YAML_FILE.test(data)) return { replacements: [`{ include: ${data} }`] }
  const help = data.includes('/')
    ? `Write - name: …, description: …, run: ${data}.`
    : `Write - name: ${data}, with description: and run: below it.`
  return { help }
}

/** What to do about several pairs of a key and a value that are no map. */
export const MISSING_SPACES: Suggestion = { help: 'Write a space behind each ":" that parts a key from its value.' }

/** How many of some keys stand in a text with a ":" and no space behind it: YAML takes such lines for one text. */
export function countPairsWithoutSpace(text: string, keys: readonly string[]): number {
  return [...text.matchAll(/(?<!\S)([A-Za-z_]\w*):(?=\S)/g)].filter(([, key = '']) => keys.includes(key)).length
}

/** A program and its arguments in a map, as others write them. */
export function suggestProgram(data: { readonly [key: string]: unknown }): Suggestion | null {
  const program = [data.command, data.cmd, data.program, data.script, data.path].find(
    (each) => typeof each === 'string',
  )
  const given = data.args ?? data.arguments ?? []
  if (program === undefined || !Array.isArray(given)) return null
  return { replacements: [listOf([program, ...given].map(String))] }
}

/** A variable with its value, as others write one. */
export function suggestVariable(data: { readonly [key: string]: unknown }): Suggestion | null {
  const [only, ...more] = Object.keys(data)
  const name = typeof data.name === 'string' ? data.name : more.length === 0 ? only : undefined
  if (name === undefined) return null
  const help = `Write ${plain(name)}: the name alone, since values come from the environment.`
  return { what: 'is a map; the name of a variable is wanted', replacements: [plain(name)], help }
}

/** Arguments in another form than that of a JSON Schema. */
export function suggestParameters(data: unknown): Suggestion | null {
  if (typeof data === 'string' && /^\S+\.(json|ya?ml)$/.test(data))
    return { help: 'No file is read here: write the schema itself.' }
  if (!Array.isArray(data)) return null
  if (data.length === 0) return { help: 'Leave it out where there are no arguments.' }
  const { name = 'order_number' } = Object(data[0]) as { readonly name?: unknown }
  const help = `Write each by its name: { type: object, properties: { ${plain(String(name))}: { type: string, description: … } } }.`
  return { help }
}
