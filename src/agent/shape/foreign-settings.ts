import { isMap } from '../is-map.ts'
import { type Advice, adviceByPath, SCRIPT_OR_REQUEST_HELP, WRAPPERS } from './foreign-advice.ts'
import { MISPLACED_SETTINGS, NESTED_SYNONYMS, type SettingSynonyms, TOP_LEVEL_SYNONYMS } from './setting-synonyms.ts'
import { resolveSynonym } from './value-synonyms.ts'

/** The setting that is meant by a wrong word. */
export interface Translation {
  /** Its key in the same map; `isAtTop`: its path from the top of the file. */
  readonly word: string
  readonly isAtTop: boolean
}

/** Every wrong word with the right one, as paths. */
export const TRANSLATIONS: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  ...Object.entries(MISPLACED_SETTINGS).map(([wrong, word]) => [wrong, { word, isAtTop: true }] as const),
  ...translationsOf('', TOP_LEVEL_SYNONYMS),
  ...Object.entries(NESTED_SYNONYMS).flatMap(([parent, words]) => translationsOf(`${parent}.`, words)),
])

function translationsOf(parent: string, words: SettingSynonyms): readonly (readonly [string, Translation])[] {
  return Object.entries(words).flatMap(([word, wrongs]) =>
    wrongs.map((wrong) => [parent + wrong, { word, isAtTop: false }] as const),
  )
}

/** Our word for the word of a neighbouring tool, wherever it stands; `words` is its path, with `tools[]` for each tool. */
export function translateKey(words: string, known: readonly string[]): Translation | null {
  const { parent, key, snake } = splitPath(words)
  const withoutUnit = snake.replace(/_(ms|millis|milliseconds|s|secs?|seconds|mins?|minutes)$/, '')
  for (const word of [key, snake, withoutUnit]) {
    const right = TRANSLATIONS.get(parent + word)
    if (right !== undefined && (right.isAtTop || right.word !== key)) return right
    if (word !== key && known.includes(word)) return { word, isAtTop: false }
  }
  return null
}

/** What to do about a word of a neighbouring tool that is not one setting here. */
export function adviceFor(words: string, value: unknown, beside: { readonly [key: string]: unknown }): Advice | null {
  const { parent, snake } = splitPath(words)
  const advice = adviceByPath()
  const found = [words, parent + snake].find((path) => Object.hasOwn(advice, path))
  if (/^hooks\.\w+\.(command|cmd|script|path|exec|program)$/.test(words))
    return { help: 'Write run.', standsFor: ['run'] }
  if (/^hooks\.\w+\.(url|uri|http|webhook|endpoint|method|headers)$/.test(words))
    return { help: 'A hook is a script, and that may send a request: run: ../hooks/save_call.mjs.', standsFor: ['run'] }
  if (words === 'tools[].type') return adviceForToolType(value, beside)
  if (/^tools\[\]\.(args|arguments)$/.test(words) && Array.isArray(value)) return { help: ARGUMENTS_HELP }
  if (
    /^tools\[\]\.mcp\.\w+$/.test(words) &&
    isMap(value) &&
    ['command', 'url'].some((key) => Object.hasOwn(value, key))
  )
    return { help: 'What stands in it stands in mcp itself: a server has no name here.' }
  if (found !== undefined) return advice[found] ?? null
  if (words === 'tool_choice.function' || words === 'tool_choice.tool') {
    const name = isMap(value) ? value.name : value
    const help = `Write tool_choice: { type: function, name: ${typeof name === 'string' ? name : '…'} }.`
    return { help, standsFor: ['type', 'name'] }
  }
  if (!isMap(value)) return null
  if (isSettingsWrapper(words, value)) return { help: 'What stands in it stands at the top of the file.' }
  if (!isFunctionWrapper(words, value)) return null
  const help = Object.hasOwn(beside, 'type') ? `${FUNCTION_HELP} Leave out type.` : FUNCTION_HELP
  return { help, standsFor: [...translatedKeys(value), 'run'] }
}

/** Whether it is the map in which others hold what a tool is to the model. */
export function isFunctionWrapper(words: string, value: unknown): boolean {
  return words === 'tools[].function' && isMap(value)
}

/** Whether a key at the top of the file holds settings that have no map round them here. */
export function isSettingsWrapper(words: string, value: unknown): boolean {
  const { parent, snake } = splitPath(words)
  return isMap(value) && parent === '' && WRAPPERS.includes(snake)
}

const FUNCTION_HELP =
  'What stands in function belongs to the tool itself: name, description and parameters, with run beside them.'
const ARGUMENTS_HELP = 'They follow the program: run: [../tools/look_up.sh, --all].'

/** What others write behind `type` of a tool is `control` here, where it is no kind of function; else what stands beside it tells what the tool is. */
function adviceForToolType(value: unknown, beside: { readonly [key: string]: unknown }): Advice | null {
  const controls = ['end_call', 'set_voice']
  const isSystem = value === 'system' || value === 'builtin'
  const control = resolveSynonym(isSystem ? beside.name : value, 'control', controls)
  if (control !== null) {
    const rest = Object.keys(beside).length > 1 ? ', and leave out the rest' : ''
    return { help: `Write control: ${control}${rest}.`, standsFor: ['run', 'description'] }
  }
  if (isSystem || /transfer|handoff|forward|dtmf|sms|voicemail/i.test(String(value)))
    return { help: SCRIPT_OR_REQUEST_HELP, standsFor: ['run'] }
  const advice = adviceByPath()
  const kin = Object.keys(beside).map((key) => advice[`tools[].${key}`])
  const wider = kin.find((each) => each?.standsFor?.includes('run'))
  return wider ?? advice['tools[].type'] ?? null
}

/** The right words for the keys of a map. */
function translatedKeys(value: { readonly [key: string]: unknown }): readonly string[] {
  return Object.keys(value).map((key) => translateKey(key, [])?.word ?? key)
}

function splitPath(words: string): { readonly parent: string; readonly key: string; readonly snake: string } {
  const at = words.lastIndexOf('.') + 1
  const [parent, key] = [words.slice(0, at), words.slice(at)]
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
