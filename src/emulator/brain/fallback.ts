import { type Item, wordsOf } from '../item.ts'
import type { FunctionTool } from './choose-tool.ts'
import { propertiesOf } from './schema.ts'
import { inWords } from './words.ts'

/** The answer if no tool fits: it says that this is a rehearsal, and quotes enough for an edit of the agent file to be heard. */
export function fallbackAnswer(
  input: {
    readonly instructions: string
    readonly tools: readonly FunctionTool[]
    readonly items: readonly Item[]
  },
  words: string | null,
): string {
  const { instructions, tools, items } = input
  const isLater = items.some(
    (item) => item.type === 'message' && item.role === 'assistant' && wordsOf(item).includes(REHEARSAL_MARK),
  )
  if (isLater)
    return `Still a rehearsal. ${sentences(quoteCaller(words), quoteInstructions(instructions), listTools(tools))}`
  return sentences(
    `This is ${REHEARSAL_MARK}: I follow your agent file, but I cannot think.`,
    quoteCaller(words),
    quoteInstructions(instructions),
    listTools(tools),
    suggestCall(tools),
  )
}

/** In every first fallback. */
const REHEARSAL_MARK = 'a rehearsal without a model'
/** Words quoted from the instructions, enough to recognise them. */
const OPENING_WORDS = 12
/** The most characters quoted of what the caller said. */
const QUOTE_MAX = 90

function quoteCaller(words: string | null): string {
  if (words === null || words.trim() === '') return ''
  const speech = /\[speech, ([\d.]+) s\]/.exec(words)
  if (speech !== null) return `I heard you speak for ${speech[1]} seconds, but I do not understand speech.`
  const quote = words.length > QUOTE_MAX ? `${words.slice(0, QUOTE_MAX).replace(/\s\S*$/, '')} …` : words
  return `You said: ${inQuotes(quote)}`
}

/** The first words of the instructions and their word count, so that an edit further down is heard too. */
function quoteInstructions(instructions: string): string {
  const all = instructions
    .replaceAll(/[#*_`>]+/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
  if (all.length === 0) return 'My instructions are empty.'
  const more = all.length > OPENING_WORDS ? ' …' : ''
  const count = `${all.length} ${all.length === 1 ? 'word' : 'words'}`
  return `My instructions (${count}) begin: ${inQuotes(`${all.slice(0, OPENING_WORDS).join(' ')}${more}`)}`
}

function listTools(tools: readonly FunctionTool[]): string {
  const names = tools.map(({ name }) => name)
  if (names.length === 0) return 'I have no tools.'
  if (names.length === 1) return `My one tool is ${names[0]}.`
  return `My tools are ${names.slice(0, -1).join(', ')} and ${names.at(-1)}.`
}

function suggestCall(tools: readonly FunctionTool[]): string {
  const [tool] = tools
  if (tool === undefined) return ''
  const examples = propertiesOf(tool.parameters)
    .filter(({ required }) => required)
    .map(({ schema }) => schema.examples[0] ?? schema.values[0])
  const said = examples.every((example) => example !== undefined)
    ? [inWords(tool.name), ...examples].join(' ')
    : inWords(tool.name)
  return `Say "${said}" and I will call ${tools.length === 1 ? 'it' : 'the first one'}.`
}

/** A quotation that ends its sentence. */
function inQuotes(text: string): string {
  return /[.!?…]$/.test(text) ? `"${text}"` : `"${text}".`
}

function sentences(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}
