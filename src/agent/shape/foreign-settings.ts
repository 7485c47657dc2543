import { isMap } from '../is-map.ts'
import { valueText } from '../value-text.ts'
import { type Advice, adviceByPath, SCRIPT_OR_REQUEST_HELP, WRAPPER_KEYS } from './foreign-advice.ts'
import { MISPLACED_SETTINGS, NESTED_SYNONYMS, type SettingSynonyms, TOP_LEVEL_SYNONYMS } from './setting-synonyms.ts'
import { resolveSynonym } from './value-synonyms.ts'

/** Our setting for a foreign key: another tool's spelling of a setting. */
interface Translation {
  /** Its key in the same map; `isAtTop`: its path from the top of the file. */
  readonly setting: string
  readonly isAtTop: boolean
}

/** Every foreign key, as a path, with our setting for it. */
export const TRANSLATIONS: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  ...Object.entries(MISPLACED_SETTINGS).map(([foreign, setting]) => [foreign, { setting, isAtTop: true }] as const),
  ...translationsOf('', TOP_LEVEL_SYNONYMS),
  ...Object.entries(NESTED_SYNONYMS).flatMap(([parent, synonyms]) => translationsOf(`${parent}.`, synonyms)),
])

function translationsOf(parent: string, synonyms: SettingSynonyms): readonly (readonly [string, Translation])[] {
  return Object.entries(synonyms).flatMap(([setting, keys]) =>
    keys.map((key) => [parent + key, { setting, isAtTop: false }] as const),
  )
}

/** Our setting for a foreign key. `path` has `tools[]` for each tool; `known` are the settings that its map may have. */
export function translateKey(path: string, known: readonly string[]): Translation | null {
  const { parent, key, snake } = splitPath(path)
  const withoutUnit = snake.replace(/_(ms|millis|milliseconds|s|secs?|seconds|mins?|minutes)$/, '')
  for (const spelling of [key, snake, withoutUnit]) {
    const translation = TRANSLATIONS.get(parent + spelling)
    if (translation !== undefined && (translation.isAtTop || translation.setting !== key)) return translation
    if (spelling !== key && known.includes(spelling)) return { setting: spelling, isAtTop: false }
  }
  return null
}

/** What to do about a foreign key for which there is not one setting here. */
export function adviceFor(path: string, value: unknown, siblings: { readonly [key: string]: unknown }): Advice | null {
  const { parent, snake } = splitPath(path)
  const advice = adviceByPath()
  const found = [path, parent + snake].find((path) => Object.hasOwn(advice, path))
  if (/^hooks\.\w+\.(command|cmd|script|path|exec|program)$/.test(path))
    return { help: 'Write run.', standsFor: ['run'] }
  if (/^hooks\.\w+\.(url|uri|http|webhook|endpoint|method|headers)$/.test(path))
    return { help: 'A hook is a script, and that may send a request: run: ../hooks/save_call.mjs.', standsFor: ['run'] }
  if (/^tools\[\]\.(properties|required|additionalProperties)$/.test(path) && isMap(siblings.parameters))
    return { help: 'It belongs to parameters, indented below that key.' }
  if (path === 'tools[].type') return adviceForToolType(value, siblings)
  if (/^tools\[\]\.(args|arguments)$/.test(path) && Array.isArray(value)) return { help: ARGUMENTS_HELP }
  if (/^tools\[\]\.mcp\.\w+$/.test(path) && isMap(value) && ['command', 'url'].some((key) => Object.hasOwn(value, key)))
    return { help: 'What stands in it stands in mcp itself: a server has no name here.' }
  if (/^tools\[\]\.\w+$/.test(path) && siblings.type === 'mcp' && found !== undefined && isToolKind(advice[found]))
    return advice[MCP_KEY] ?? null
  if (found !== undefined) return advice[found] ?? null
  if (path === 'tool_choice.function' || path === 'tool_choice.tool') {
    const name = isMap(value) ? value.name : value
    const help = `Write tool_choice: { type: function, name: ${typeof name === 'string' ? name : '…'} }.`
    return { help, standsFor: ['type', 'name'] }
  }
  if (!isMap(value)) return null
  if (isSettingsWrapper(path, value)) return { help: 'What stands in it stands at the top of the file.' }
  if (!isFunctionWrapper(path, value)) return null
  const help = Object.hasOwn(siblings, 'type') ? `${FUNCTION_HELP} Leave out type.` : FUNCTION_HELP
  return { help, standsFor: [...translatedKeys(value), 'run'] }
}

/** Whether it is the map in which other formats hold the name, description and parameters of a tool. */
export function isFunctionWrapper(path: string, value: unknown): boolean {
  return path === 'tools[].function' && isMap(value)
}

/** Whether a key at the top of the file holds settings that are at the top themselves here. */
export function isSettingsWrapper(path: string, value: unknown): boolean {
  const { parent, snake } = splitPath(path)
  return isMap(value) && parent === '' && WRAPPER_KEYS.includes(snake)
}

const FUNCTION_HELP =
  'What stands in function belongs to the tool itself: name, description and parameters, with run beside them.'
const ARGUMENTS_HELP = 'They follow the program: run: [../tools/look_up.sh, --all].'

/** The `type` of a tool is `control` here where it names an action on the call; else its other keys decide what the tool is. */
function adviceForToolType(value: unknown, siblings: { readonly [key: string]: unknown }): Advice | null {
  const controls = ['end_call', 'set_voice']
  const isSystem = value === 'system' || value === 'builtin'
  const control = resolveSynonym(isSystem ? siblings.name : value, 'control', controls)
  if (control !== null) {
    const rest = Object.keys(siblings).length > 1 ? ', and leave out the rest' : ''
    return { help: `Write control: ${control}${rest}.`, standsFor: ['run', 'description'] }
  }
  if (isSystem || /transfer|handoff|forward|dtmf|sms|voicemail/i.test(valueText(value)))
    return { help: SCRIPT_OR_REQUEST_HELP, standsFor: ['run'] }
  const advice = adviceByPath()
  if (value === 'mcp') return advice[MCP_KEY] ?? null
  const siblingAdvice = Object.keys(siblings).map((key) => advice[`tools[].${key}`])
  const requestOrServer = siblingAdvice.find(isToolKind)
  return requestOrServer ?? advice['tools[].type'] ?? null
}

/** A key of other formats for a server of tools. */
const MCP_KEY = 'tools[].server_url'

/** Whether advice names another kind of tool than a script. */
function isToolKind(advice: Advice | undefined): boolean {
  return advice?.standsFor?.includes('run') === true
}

/** Our settings for the keys of a map. */
function translatedKeys(value: { readonly [key: string]: unknown }): readonly string[] {
  return Object.keys(value).map((key) => translateKey(key, [])?.setting ?? key)
}

function splitPath(path: string): { readonly parent: string; readonly key: string; readonly snake: string } {
  const at = path.lastIndexOf('.') + 1
  const [parent, key] = [path.slice(0, at), path.slice(at)]
  const snake = key
    .replaceAll(/(?<=[a-z0-9])[A-Z]/g, (capital) => `_${capital}`)
    .replaceAll('-', '_')
    .toLowerCase()
  return { parent, key, snake }
}

/** Keys that a later version of the format will give a meaning. */
export const RESERVED_KEYS: readonly string[] = [
  'agents',
  'handoffs',
  'sub_agents',
  'memory',
  'guardrails',
  'long',
  'events',
  'parameters_file',
]
