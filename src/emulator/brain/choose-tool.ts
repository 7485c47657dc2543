import { isObject } from '../json-object.ts'
import { isSpecificPattern, matchPattern, shapeOf } from './pattern.ts'
import { type Parameters, propertiesOf } from './schema.ts'
import { isStopWord, stemsOf, type Word, words } from './words.ts'

/** A function tool as the session lists it. */
export interface FunctionTool {
  readonly name: string
  readonly description: string
  readonly parameters: Parameters
}

/** The tool whose name, description and parameters match the words best; null if none matches well enough. */
export function chooseTool(text: string, tools: readonly FunctionTool[]): FunctionTool | null {
  const said = words(text)
  const named = tools.find(({ name }) => isName(said, name))
  if (named !== undefined) return named
  const profiles = tools.map(profileOf)
  const scored = tools.map((tool, index) => ({ tool, score: score(said, profiles, index) }))
  const best = scored.reduce<(typeof scored)[number] | null>(
    (best, each) => (each.score > (best?.score ?? 0) ? each : best),
    null,
  )
  return best !== null && best.score >= SCORE_MIN ? best.tool : null
}

/** Whether the words are just the tool's name, even one made of stop-words, such as `look`. */
function isName(said: readonly Word[], name: string): boolean {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[\s_-]+/g, ' ')
  return plain(said.map((word) => word.text).join(' ')) === plain(name)
}

/** One word of a name is enough, or two of a description. */
const SCORE_MIN = 2
const NAME_SCORE = 3
const WHOLE_NAME_SCORE = 0.5
const DESCRIPTION_SCORE = 1
const PARAMETERS_SCORE = 0.5
const EXAMPLE_SCORE = 2
const SHAPE_SCORE = 3
const PATTERN_SCORE = 4

interface Profile {
  readonly name: ReadonlySet<string>
  readonly description: ReadonlySet<string>
  readonly parameters: ReadonlySet<string>
  /** Stems of the values that parameters name: enums and plain examples. */
  readonly values: ReadonlySet<string>
  readonly shapes: ReadonlySet<string>
  readonly patterns: readonly string[]
}

function profileOf(tool: FunctionTool): Profile {
  const properties = propertiesOf(tool.parameters)
  const examples = properties.flatMap(({ schema }) => [...schema.examples, ...schema.values]).map(String)
  return {
    name: stemsOf(tool.name),
    description: stemsOf(tool.description),
    parameters: stemsOf(properties.map(({ name, schema }) => `${name} ${schema.description}`).join(' ')),
    values: new Set(examples.filter((value) => !/\d/.test(value)).flatMap((value) => [...stemsOf(value)])),
    shapes: new Set(examples.filter((value) => /\d/.test(value) && /\D/.test(value)).map(shapeOf)),
    patterns: properties.flatMap(({ schema }) =>
      schema.pattern !== null && isSpecificPattern(schema.pattern) ? [schema.pattern] : [],
    ),
  }
}

/** Scores a tool; a word that several tools share counts little. */
function score(said: readonly Word[], profiles: readonly Profile[], index: number): number {
  const profile = profiles[index]
  if (profile === undefined) return 0
  const toolsWith = (set: 'name' | 'description', stem: string): number =>
    profiles.filter((each) => each[set].has(stem)).length
  const stems = new Set(said.filter((word) => !isStopWord(word)).map((word) => word.stem))
  let sum = profile.name.size > 0 && [...profile.name].every((stem) => stems.has(stem)) ? WHOLE_NAME_SCORE : 0
  for (const stem of stems) {
    if (profile.name.has(stem)) sum += NAME_SCORE / toolsWith('name', stem)
    if (profile.values.has(stem)) sum += EXAMPLE_SCORE
    if (profile.description.has(stem)) sum += DESCRIPTION_SCORE / toolsWith('description', stem)
    else if (profile.parameters.has(stem) && !profile.name.has(stem)) sum += PARAMETERS_SCORE
  }
  const spelled = spellings(said)
  if (profile.patterns.some((pattern) => spelled.some((each) => matchPattern(each, pattern) !== null)))
    sum += PATTERN_SCORE
  else if (spelled.some((each) => profile.shapes.has(shapeOf(each)))) sum += SHAPE_SCORE
  return sum
}

/** The words, with neighbours also joined, since speech may separate them: `A 1042` as `A-1042` and `A1042`. */
function spellings(said: readonly Word[]): readonly string[] {
  const joined = said.slice(1).flatMap((word, index) => {
    const before = said[index]?.text ?? ''
    return /\d/.test(before + word.text) ? [`${before}-${word.text}`, `${before}${word.text}`] : []
  })
  return [...said.map(({ text }) => text), ...joined]
}

/** The function tools among a session's tools. */
export function functionTools(
  tools: readonly {
    readonly type: string
    readonly name?: string
    readonly description?: string
    readonly parameters?: unknown
  }[],
): readonly FunctionTool[] {
  return tools.flatMap(({ type, name, description, parameters }) =>
    type === 'function' && name !== undefined
      ? [{ name, description: description ?? '', parameters: isObject(parameters) ? parameters : {} }]
      : [],
  )
}
