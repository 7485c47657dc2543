import { agentFileKeys } from '../../generated/agent-file-keys.js'
import { isMap } from '../is-map.ts'
import { yamlList, yamlWord } from '../printing/format-value.ts'
import { valueText } from '../value-text.ts'
import { MCP } from './foreign-advice.ts'
import { translateKey } from './foreign-settings.ts'
import { isKnownSetting } from './known-settings.ts'
import type { Suggestion } from './suggestion.ts'
import { resolveSynonym } from './value-synonyms.ts'

/** The name of a YAML file. */
const YAML_FILE = /^[^\s:]+\.ya?ml$/i

/** Keys of one tool that hold a map. */
const MAP_KEYS = ['mcp', 'http', 'parameters', 'limits', 'say_after']

/** Suggests a list of tools for another value: one tool, or a map of tools by their names. */
export function suggestTools(data: unknown): Suggestion | null {
  if (typeof data === 'string' && YAML_FILE.test(data)) return { replacements: [`[{ include: ${data} }]`] }
  if (isNone(data)) return { replacements: ['[]'], help: 'Write [] for none, or the entries below it: - name: ….' }
  if (!isMap(data)) return null
  const keys = Object.keys(data)
  const [first = '…'] = keys
  if (first.startsWith('-') && first.length > 1) return { help: `Write a space behind each "-": - ${first.slice(1)}.` }
  if (/^mcp_?servers?$/i.test(first)) return { help: MCP }
  const isName = (key: string) => (isMap(data[key]) ? !MAP_KEYS.includes(key) : !isToolKey(key))
  const help = keys.every(isName)
    ? `Write each as an entry of a list: - name: ${first}, and the rest of the tool below it.`
    : `Put a "- " before ${first}${keys.length > 1 ? ', and indent the rest of the tool like it' : ''}.`
  return { help }
}

/** Whether a key is one of a tool, here or in other formats. */
function isToolKey(key: string): boolean {
  return isKnownSetting(['tools', key]) || translateKey(`tools[].${key}`, agentFileKeys.tool) !== null
}

function isNone(data: unknown): boolean {
  if (isMap(data)) return Object.keys(data).length === 0
  return data === null || data === false || (typeof data === 'string' && /^(none|off|no|false)$/i.test(data))
}

/** Suggests an entry of tools for a text, or for nothing. */
export function suggestTool(data: unknown): Suggestion | null {
  if (data === null) return { help: 'Write a tool behind the "-", or remove it: - name: …, description: …, run: ….' }
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

/** For several keys without a space behind their ":", which YAML reads as one text. */
export const MISSING_SPACES: Suggestion = { help: 'Write a space behind each ":" that parts a key from its value.' }

/** How many of some keys a text has with a ":" and no space behind it. */
export function countPairsWithoutSpace(text: string, keys: readonly string[]): number {
  return [...text.matchAll(/(?<!\S)([A-Za-z_]\w*):(?=\S)/g)].filter(([, key = '']) => keys.includes(key)).length
}

/** Suggests a list for a map with a program and its arguments. */
export function suggestProgram(data: { readonly [key: string]: unknown }): Suggestion | null {
  const program = [data.command, data.cmd, data.program, data.script, data.path].find(
    (each) => typeof each === 'string',
  )
  const args = data.args ?? data.arguments ?? []
  if (program === undefined || !Array.isArray(args)) return null
  return { replacements: [yamlList([program, ...args].map(valueText))] }
}

/** Suggests the name of a variable for a map with its name and value. */
export function suggestVariable(data: { readonly [key: string]: unknown }): Suggestion | null {
  const [only, ...more] = Object.keys(data)
  const name = typeof data.name === 'string' ? data.name : more.length === 0 ? only : undefined
  if (name === undefined) return null
  const help = `Write ${yamlWord(name)}: the name alone, since values come from the environment.`
  return { what: 'is a map; the name of a variable is wanted', replacements: [yamlWord(name)], help }
}

/** Suggests a JSON Schema for parameters in another form. */
export function suggestParameters(data: unknown): Suggestion | null {
  if (typeof data === 'string' && /^\S+\.(json|ya?ml)$/.test(data))
    return { help: 'No file is read here: write the schema itself.' }
  if (!Array.isArray(data)) return null
  if (data.length === 0) return { help: 'Leave it out where there are no arguments.' }
  const { name = 'order_number' } = Object(data[0]) as { readonly name?: unknown }
  const help = `Write each by its name: { type: object, properties: { ${yamlWord(valueText(name))}: { type: string, description: … } } }.`
  return { help }
}
