import type { AgentFileData } from '../build.ts'
import type { Composed } from '../composition/origin.ts'
import { type PromptRead, textLocator } from '../composition/prompt.ts'
import { type Fault, pointerOf } from '../findings/fault.ts'
import { positionFinder } from '../reading/positions.ts'
import { declaredVariables } from './declared-variables.ts'
import { checkPromptText, type PromptContext, unmentionedTools } from './prompt.ts'
import { secretFaultsInPrompt } from './secrets.ts'
import { findMarkdown, findPlaceholders, type TextFinding } from './spoken-text.ts'
import { nameKeyOf, nameOfTool } from './tool-names.ts'

interface SpokenTexts {
  readonly parsed: Composed
  readonly data: AgentFileData
  readonly prompt: PromptRead
  /** Text of each file, by the name that places use. */
  readonly sources: ReadonlyMap<string, string>
}

/** What is wrong with the prompt and the greeting. */
export function checkTexts({ parsed, data, prompt, sources }: SpokenTexts): readonly Fault[] {
  const context = promptContextOf(data)
  return [...promptFaults(), ...greetingFaults(), ...secretsInPrompt()]

  function promptFaults(): readonly Fault[] {
    const key = prompt.place === null ? 'instructions' : 'instructions_file'
    const isThere = prompt.place !== null || typeof data.instructions === 'string'
    if (!isThere || prompt.faults.length > 0) return []
    const found = checkPromptText(prompt.text, context)
    const meant = found.flatMap(({ rule, suggest = [] }) => (rule === 'RV603' ? suggest.slice(0, 1) : []))
    const unmentioned = unmentionedTools(prompt.text, context).filter(({ name }) => !meant.includes(name))
    const notes = unmentioned.map(({ index, message }): Fault => {
      const path = ['tools', index, nameKeyOf(data.tools?.[index])]
      const [place, pointer] = [parsed.placeOf(path, 'value'), pointerOf(path)]
      const help = 'Say when to use it, or leave it to the descriptions and name none.'
      return { rule: 'RV604', message, help, place, pointer, dependsOn: [pointer] }
    })
    return [...located(found, prompt.text, key), ...notes]
  }

  /** A prompt in the agent file is searched with the rest of that file. */
  function secretsInPrompt(): readonly Fault[] {
    const { place, text } = prompt
    if (place === null) return []
    return secretFaultsInPrompt(text, (start, end) => {
      const positions = positionFinder(text)
      return { file: place.file, start: positions(start), end: positions(end) }
    })
  }

  function greetingFaults(): readonly Fault[] {
    const { greeting } = data
    if (typeof greeting !== 'string') return []
    const found = [...findPlaceholders(greeting), ...findMarkdown(greeting, ['table', 'link', 'list', 'emphasis'])]
    const spoken = found.map(({ isNote: _isNote, ...each }) => each)
    return located(spoken, greeting, 'greeting')
  }

  function located(found: readonly TextFinding[], text: string, key: string): readonly Fault[] {
    if (found.length === 0) return []
    const inFile = key === 'instructions_file' ? prompt.place : null
    const place = inFile ?? parsed.placeOf([key], 'value')
    const positions = positionFinder(text)
    const locate =
      inFile === null
        ? textLocator(text, place, sources.get(place.file) ?? '')
        : (start: number, end: number) => ({ file: place.file, start: positions(start), end: positions(end) })
    return found.map(({ start, end, isNote, ...fault }) => ({
      ...fault,
      ...(isNote ? ({ level: 'note' } as const) : {}),
      place: start === end ? { ...place, end: place.start } : locate(start, end),
      pointer: pointerOf([key]),
      text: text.slice(start, end),
    }))
  }
}

function promptContextOf(data: AgentFileData): PromptContext {
  const tools: readonly unknown[] = Array.isArray(data.tools) ? data.tools : []
  const names = tools.map(nameOfTool)
  let words: ReadonlySet<string> | undefined
  const variables = ['INWORLD_API_KEY', ...declaredVariables(data).map(({ name }) => name)]
  return {
    tools: names.map((name) => (typeof name === 'string' ? name : '')),
    isWord(name) {
      words ??= parameterWords(tools)
      return words.has(name)
    },
    hasUnnamedTools: names.some((name) => typeof name !== 'string'),
    secrets: [...new Set(variables)].filter((name) => name.length > 2),
  }
}

/** The names and values in the parameters of the tools. */
function parameterWords(tools: readonly unknown[]): ReadonlySet<string> {
  const words = new Set<string>()
  for (const tool of tools) collect((Object(tool) as { parameters?: unknown }).parameters, words)
  return words
}

function collect(schema: unknown, words: Set<string>): void {
  if (typeof schema === 'string') words.add(schema)
  else if (typeof schema === 'object' && schema !== null) {
    for (const [key, inner] of Object.entries(schema)) {
      words.add(key)
      collect(inner, words)
    }
  }
}
