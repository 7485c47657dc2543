import { type Filled, fillArguments, forceArguments } from './brain/arguments.ts'
import { askedTool, askFor } from './brain/ask.ts'
import { isOfCaller, type LateOutcome, lateOutcome } from './brain/background-outcome.ts'
import { chooseTool, type FunctionTool } from './brain/choose-tool.ts'
import { agreedCalls } from './brain/consent.ts'
import { exactWords } from './brain/exact-words.ts'
import { fallBack } from './brain/fallback.ts'
import { outcomeSentence } from './brain/outcome.ts'
import { type Item, wordsOf } from './item.ts'

/** Everything the brain may know when a response is due. */
export interface Situation {
  /** Instructions in force: the session's, or those of this response. */
  readonly instructions: string
  /** Instructions for this response alone; they may order exact words. */
  readonly order: string | null
  readonly items: readonly Item[]
  readonly tools: readonly FunctionTool[]
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string }
  /** The day, as 2026-11-23: for words like "tomorrow". */
  readonly today: string
}

/** One thing a response does. */
export type Step =
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'call'; readonly name: string; readonly arguments: string }

/** Plans the response of a rehearsal without a model: always the same in the same situation. */
export function planResponse(situation: Situation): readonly Step[] {
  const exact = exactWords(situation.order)
  if (exact !== null) return [say(exact)]
  const outcomes = untoldOutcomes(situation.items)
  const words = unansweredWords(situation.items)
  if (outcomes.length === 0) return answer(situation, words)
  const told = say(outcomes.map(({ tool, output }) => outcomeSentence(tool, output)).join(' '))
  return words === null ? [told] : [told, ...answer(situation, words)]
}

function answer(situation: Situation, words: string | null): readonly Step[] {
  const { tools, toolChoice, today } = situation
  const offered = typeof toolChoice === 'object' ? tools.filter(({ name }) => name === toolChoice.name) : tools
  if (toolChoice === 'none' || offered.length === 0) return [say(fallBack(situation, words))]
  if (toolChoice !== 'auto') {
    const tool = chooseTool(words ?? '', offered) ?? offered[0]
    return tool === undefined ? [] : [call(tool, forceArguments(tool, words ?? '', today))]
  }
  const understood = words?.replaceAll(UNHEARD, ' ').trim() ?? ''
  if (understood === '') return [say(fallBack(situation, words))]
  const agreed = agreedCalls(situation.items, understood).filter(({ name }) => tools.some((tool) => tool.name === name))
  if (agreed.length > 0) return agreed.map(({ name, arguments: given }) => ({ type: 'call', name, arguments: given }))
  const wanted = toolsWanted(situation, understood)
  const calls = wanted.flatMap(({ tool, filled }) => (filled.missing.length === 0 ? [call(tool, filled.values)] : []))
  if (calls.length > 0) return calls
  const unclear = wanted[0]
  return [say(unclear === undefined ? fallBack(situation, words) : askFor(unclear.tool, unclear.filled.missing))]
}

/** A spoken turn without given words. */
const UNHEARD = /\[speech, [\d.]+ s\]/g

interface Wanted {
  readonly tool: FunctionTool
  readonly filled: Filled
}

/** The tools that the words ask for: one per clause if the clauses ask for different things, else one for all the words. */
function toolsWanted(situation: Situation, words: string): readonly Wanted[] {
  const { tools, today } = situation
  const want = (tool: FunctionTool, text: string): Wanted => ({ tool, filled: fillArguments(tool, text, today) })

  const clauses = words.split(CLAUSES).flatMap((clause) => {
    const tool = chooseTool(clause, tools)
    return tool === null ? [] : [want(tool, clause)]
  })
  const complete = distinct(clauses.filter(({ filled }) => filled.missing.length === 0)).slice(0, CALLS_MAX)
  if (complete.length > 1) return complete

  const asked = askedTool(situation.items, tools)
  const chosen = chooseTool(words, tools)
  if (asked !== null && (chosen === null || chosen.name === asked.tool.name)) {
    return [{ tool: asked.tool, filled: fillArguments(asked.tool, `${asked.words}. ${words}`, today, words) }]
  }
  return chosen === null ? [] : [want(chosen, words)]
}

/** Where a sentence may go on to another wish. */
const CLAUSES = /[.!?;]\s+|,?\s+(?:and|then|also|und|et|y)(?:\s+(?:then|also))?\s+|,\s+/i
/** The most calls in one response; more would be no rehearsal. */
const CALLS_MAX = 4

function distinct(wanted: readonly Wanted[]): readonly Wanted[] {
  const seen = new Map(wanted.map((each) => [`${each.tool.name} ${JSON.stringify(each.filled.values)}`, each]))
  return [...seen.values()]
}

/** Outcomes since the assistant last spoke, including those of background calls. */
function untoldOutcomes(items: readonly Item[]): readonly LateOutcome[] {
  const spokenAt = items.findLastIndex(isAnswer)
  const calls = items.filter((item) => item.type === 'function_call')
  return items.slice(spokenAt + 1).flatMap((item): readonly LateOutcome[] => {
    if (item.type !== 'function_call_output') return [lateOutcome(item) ?? []].flat()
    const call = calls.findLast(({ call_id }) => call_id === item.call_id)
    return [{ tool: call?.name ?? 'the tool', output: item.output }]
  })
}

/** What the caller said since the assistant last spoke or called a tool, or null. */
function unansweredWords(items: readonly Item[]): string | null {
  const answeredAt = items.findLastIndex((item) => item.type === 'function_call' || isAnswer(item))
  const said = items.slice(answeredAt + 1).filter(isOfCaller)
  return said.length === 0 ? null : said.map(wordsOf).join(' ')
}

/** Whether an item is an answer; one cancelled before its first word is not. */
function isAnswer(item: Item): boolean {
  return item.type === 'message' && item.role === 'assistant' && wordsOf(item) !== ''
}

function say(text: string): Step {
  return { type: 'say', text }
}

function call(tool: FunctionTool, values: { readonly [name: string]: unknown }): Step {
  return { type: 'call', name: tool.name, arguments: JSON.stringify(values) }
}
