import { isMap } from '../is-map.ts'
import { type Advice, adviceByPath, WRAPPERS } from './foreign-advice.ts'
import { ELSEWHERE, INSIDE, TOP, type Words } from './foreign-words.ts'
import { meantWord } from './synonyms.ts'

/** The setting that is meant by a wrong word. */
export interface RightWord {
  /** Its key in the same map; `isAtTop`: its path from the top of the file. */
  readonly word: string
  readonly isAtTop: boolean
}

/** Every wrong word with the right one, as paths. */
export const WRONG_WORDS: ReadonlyMap<string, RightWord> = new Map<string, RightWord>([
  ...Object.entries(ELSEWHERE).map(([wrong, word]) => [wrong, { word, isAtTop: true }] as const),
  ...besides('', TOP),
  ...Object.entries(INSIDE).flatMap(([parent, words]) => besides(`${parent}.`, words)),
])

function besides(parent: string, words: Words): readonly (readonly [string, RightWord])[] {
  return Object.entries(words).flatMap(([word, wrongs]) =>
    wrongs.map((wrong) => [parent + wrong, { word, isAtTop: false }] as const),
  )
}

/** Our word for the word of a neighbouring tool, wherever it stands; `words` is its path, with `tools[]` for each tool. */
export function rightWordFor(words: string, known: readonly string[]): RightWord | null {
  const { parent, key, snake } = spelt(words)
  const withoutUnit = snake.replace(/_(ms|millis|milliseconds|s|secs?|seconds|mins?|minutes)$/, '')
  for (const word of [key, snake, withoutUnit]) {
    const right = WRONG_WORDS.get(parent + word)
    if (right !== undefined) return right
    if (word !== key && known.includes(word)) return { word, isAtTop: false }
  }
  return null
}

/** What to do about a word of a neighbouring tool that is not one setting here. */
export function adviceFor(words: string, value: unknown): Advice | null {
  const { parent, snake } = spelt(words)
  const advice = adviceByPath()
  const found = [words, parent + snake].find((path) => Object.hasOwn(advice, path))
  if (/^hooks\.\w+\.(command|cmd|script|path|exec|program)$/.test(words))
    return { help: 'Write run.', instead: ['run'] }
  if (words === 'tools[].type') return { help: helpForToolType(value) }
  if (found !== undefined) return advice[found] ?? null
  if (words === 'tool_choice.function' || words === 'tool_choice.tool') {
    const name = isMap(value) ? value.name : value
    const help = `Write tool_choice: { type: function, name: ${typeof name === 'string' ? name : '…'} }.`
    return { help, instead: ['type', 'name'] }
  }
  if (!isMap(value)) return null
  if (parent === '' && WRAPPERS.includes(snake))
    return {
      help: 'What stands in it stands at the top of the file.',
      instead: [...keysWithin(value), ...prompts(value, 0)],
    }
  if (words !== 'tools[].function') return null
  return { help: 'What stands in it belongs to the tool itself.', instead: [...keysWithin(value), 'run'] }
}

/** What others write behind `type` of a tool is `control` here, where it is no kind of function. */
function helpForToolType(value: unknown): string {
  const control = meantWord(value, 'control', ['end_call', 'set_voice'])
  if (control !== null) return `Write control: ${control}.`
  const { help = '' } = adviceByPath()['tools[].type'] ?? {}
  return help
}

/** The right words for the keys of a map. */
function keysWithin(value: { readonly [key: string]: unknown }): readonly string[] {
  return Object.keys(value).map((key) => rightWordFor(key, [])?.word ?? key)
}

/** How deep a prompt is looked for below a map that has none here. */
const PROMPT_DEPTH_MAX = 4

/** The word for the prompt, where neighbours hold one deeper down: it is not missing besides. */
function prompts(value: { readonly [key: string]: unknown }, depth: number): readonly string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const word = rightWordFor(key, [])?.word ?? key
    if (word === 'instructions') return [word]
    return isMap(inner) && depth < PROMPT_DEPTH_MAX ? prompts(inner, depth + 1) : []
  })
}

function spelt(words: string): { readonly parent: string; readonly key: string; readonly snake: string } {
  const at = words.lastIndexOf('.') + 1
  const [parent, key] = [words.slice(0, at), words.slice(at)]
  const snake = key
    .replaceAll(/(?<=[a-z0-9])[A-Z]/g, (capital) => `_${capital}`)
    .replaceAll('-', '_')
    .toLowerCase()
  return { parent, key, snake }
}

/** Keys that a later version of the format will give a meaning. */
export const LATER_WORDS: readonly string[] = [
  'agents',
  'handoffs',
  'sub_agents',
  'memory',
  'guardrails',
  'long',
  'events',
  'parameters_file',
]
