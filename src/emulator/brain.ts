import { type FilledArguments, fillArguments, forceArguments } from './brain/arguments.ts'
import { askedTool, askForMissing } from './brain/ask.ts'
import { type BackgroundOutcome, backgroundOutcome, isCallerMessage } from './brain/background-outcome.ts'
import { chooseTool, type FunctionTool } from './brain/choose-tool.ts'
import { agreedCalls } from './brain/consent.ts'
import { exactWords } from './brain/exact-words.ts'
import { fallbackAnswer } from './brain/fallback.ts'
import { outcomeSentence } from './brain/outcome.ts'
import { type Item, wordsOf } from './item.ts'

/** Everything the brain may know when a response is due. */
export interface BrainInput {
  /** Instructions in force: the session's, or those of this response. */
  readonly instructions: string
  /** Instructions for this response alone; they may order exact words. */
  readonly responseInstructions: string | null
  readonly items: readonly Item[]
  readonly tools: readonly FunctionTool[]
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string }
  /** The day, as 2026-11-23: for words like "tomorrow". */
  readonly today: string
}

/** One thing a response does. */
export type ResponseStep =
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'call'; readonly name: string; readonly arguments: string }

/** Plans the response of a rehearsal without a model: always the same in the same situation. */
export function planResponse(input: BrainInput): readonly ResponseStep[] {
  const exact = exactWords(input.responseInstructions)
  if (exact !== null) return [say(exact)]
  const outcomes = unspokenOutcomes(input.items)
  const words = unansweredWords(input.items)
  if (outcomes.length === 0) return planAnswer(input, words)
  const spoken = say(outcomes.map(({ tool, output }) => outcomeSentence(tool, output)).join(' '))
  return words === null ? [spoken] : [spoken, ...planAnswer(input, words)]
}

function planAnswer(input: BrainInput, words: string | null): readonly ResponseStep[] {
  const { tools, toolChoice, today } = input
  const offered = typeof toolChoice === 'object' ? tools.filter(({ name }) => name === toolChoice.name) : tools
  if (toolChoice === 'none' || offered.length === 0) return [say(fallbackAnswer(input, words))]
  if (toolChoice !== 'auto') {
    const spoken = speakNames(words ?? '', offered)
    const tool = chooseTool(spoken, offered) ?? offered[0]
    return tool === undefined ? [] : [call(tool, forceArguments(tool, spoken, today))]
  }
  const understood = speakNames(words ?? '', tools)
    .replaceAll(SPEECH_PLACEHOLDER, ' ')
    .trim()
  if (understood === '') return [say(fallbackAnswer(input, words))]
  const agreed = agreedCalls(input.items, understood).filter(({ name }) => tools.some((tool) => tool.name === name))
  if (agreed.length > 0) return agreed.map(({ name, arguments: given }) => ({ type: 'call', name, arguments: given }))
  const matches = matchTools(input, understood)
  const calls = matches.flatMap(({ tool, filled }) => (filled.missing.length === 0 ? [call(tool, filled.values)] : []))
  if (calls.length > 0) return calls
  const unclear = matches[0]
  return [
    say(unclear === undefined ? fallbackAnswer(input, words) : askForMissing(unclear.tool, unclear.filled.missing)),
  ]
}

/** The words with the names of tools as they are spoken: who types `get_weather` says `get weather`. */
function speakNames(words: string, tools: readonly FunctionTool[]): string {
  return tools.reduce((text, { name }) => text.replaceAll(name, name.replaceAll(/[_-]/g, ' ')), words)
}

/** A spoken turn without given words. */
const SPEECH_PLACEHOLDER = /\[speech, [\d.]+ s\]/g

interface ToolMatch {
  readonly tool: FunctionTool
  readonly filled: FilledArguments
}

/** The tools that the words ask for: one per clause if the clauses ask for different things, else one for all the words. */
function matchTools(input: BrainInput, words: string): readonly ToolMatch[] {
  const { tools, today } = input
  const match = (tool: FunctionTool, text: string): ToolMatch => ({ tool, filled: fillArguments(tool, text, today) })

  const clauses = words.split(CLAUSES).flatMap((clause) => {
    const tool = chooseTool(clause, tools)
    return tool === null ? [] : [match(tool, clause)]
  })
  const complete = withoutDuplicates(clauses.filter(({ filled }) => filled.missing.length === 0)).slice(0, CALLS_MAX)
  if (complete.length > 1) return complete

  const asked = askedTool(input.items, tools)
  const chosen = chooseTool(words, tools)
  if (asked !== null && (chosen === null || chosen.name === asked.tool.name)) {
    return [{ tool: asked.tool, filled: fillArguments(asked.tool, `${asked.words}. ${words}`, today, { rest: words }) }]
  }
  return chosen === null ? [] : [match(chosen, words)]
}

/** Where a sentence may go on to another wish. */
const CLAUSES = /[.!?;]\s+|,?\s+(?:and|then|also|und|et|y)(?:\s+(?:then|also))?\s+|,\s+/i
/** The most calls in one response; more would be no rehearsal. */
const CALLS_MAX = 4

function withoutDuplicates(matches: readonly ToolMatch[]): readonly ToolMatch[] {
  const byCall = new Map(matches.map((each) => [`${each.tool.name} ${JSON.stringify(each.filled.values)}`, each]))
  return [...byCall.values()]
}

/** Outcomes since the assistant last spoke, including those of background calls. */
function unspokenOutcomes(items: readonly Item[]): readonly BackgroundOutcome[] {
  const spokenAt = items.findLastIndex(isAnswer)
  const calls = items.filter((item) => item.type === 'function_call')
  return items.slice(spokenAt + 1).flatMap((item): readonly BackgroundOutcome[] => {
    if (item.type !== 'function_call_output') return [backgroundOutcome(item) ?? []].flat()
    const call = calls.findLast(({ call_id }) => call_id === item.call_id)
    return [{ tool: call?.name ?? 'the tool', output: item.output }]
  })
}

/** What the caller said since the assistant last spoke or called a tool, or null. */
function unansweredWords(items: readonly Item[]): string | null {
  const answeredAt = items.findLastIndex((item) => item.type === 'function_call' || isAnswer(item))
  const said = items.slice(answeredAt + 1).filter(isCallerMessage)
  return said.length === 0 ? null : said.map(wordsOf).join(' ')
}

/** Whether an item is an answer; one cancelled before its first word is not. */
function isAnswer(item: Item): boolean {
  return item.type === 'message' && item.role === 'assistant' && wordsOf(item) !== ''
}

function say(text: string): ResponseStep {
  return { type: 'say', text }
}

function call(tool: FunctionTool, values: { readonly [name: string]: unknown }): ResponseStep {
  return { type: 'call', name: tool.name, arguments: JSON.stringify(values) }
}
