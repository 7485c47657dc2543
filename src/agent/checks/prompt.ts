import { nearest } from '../nearest.ts'
import { findMarkdown, findPlaceholders, type TextFinding } from './spoken-text.ts'
import { toolNamePointers } from './tool-names.ts'

export interface PromptContext {
  /** Names of the tools, in the order of the file. */
  readonly tools: readonly string[]
  /** Whether another name is known in a prompt: that of a parameter of a tool, or one of its values. */
  isWord(name: string): boolean
  /** Whether some have no name: an MCP server lists its tools when a session begins, so what is unknown here may be known then. */
  readonly hasUnnamedTools: boolean
  /** Names of the variables that hold secrets. */
  readonly secrets: readonly string[]
}

/** A prompt that is only the name of a text file: other tools read the file then. */
const FILE_NAME = /^(?:@|file:\/\/)?([\w./~-]{1,200}\.(?:md|mdx|markdown|txt|text|prompt))$/

/** Longest prompt without a warning, in characters: about 5,000 tokens before each answer. */
const PROMPT_CHARACTERS_MAX = 20_000
/** How many different names in a prompt are compared with the tools. */
const NAMES_MAX = 500
/** How many findings of one kind are reported for a prompt. */
const FINDINGS_MAX = 10

/** What is wrong with the text of a prompt. */
export function checkPromptText(text: string, context: PromptContext): readonly TextFinding[] {
  if (text.trim() === '') {
    const help = 'Say who the agent is, how it speaks, and what it does when it does not know.'
    return [{ rule: 'RV601', message: 'the prompt is empty', help, start: 0, end: 0 }]
  }
  const named = FILE_NAME.exec(text.trim())?.[1]
  if (named !== undefined) {
    const help = `Write instructions_file: ${named}; instructions holds the text itself.`
    return [{ rule: 'RV608', message: `the prompt is the name of a file, ${named}`, help, start: 0, end: 0 }]
  }
  return [
    conflictFindings(text),
    lengthFindings(text),
    unknownToolFindings(text, context),
    duplicateHeadingFindings(text),
    findPlaceholders(text),
    findMarkdown(text, ['table', 'link', 'list']),
    secretNameFindings(text, context),
  ].flat()
}

/** A tool that a prompt does not mention though it mentions others. */
interface UnmentionedTool {
  readonly index: number
  readonly name: string
  readonly message: string
}

/** Tools that a prompt does not mention though it mentions others: a note each. */
export function unmentionedTools(text: string, { tools }: PromptContext): readonly UnmentionedTool[] {
  const named = tools.filter((name) => name !== '' && indexOfName(text, name) >= 0)
  if (named.length === 0) return []
  const others = tools
    .map((name, index) => ({ name, index }))
    .filter(({ name }) => name !== '' && !named.includes(name))
  return others.map((tool) => ({ ...tool, message: `the prompt names ${named[0]}, but never ${tool.name}` }))
}

/** The markers that git leaves around the two sides of a conflict. */
function conflictFindings(text: string): readonly TextFinding[] {
  const mark = /^[ \t]*<{7}(?= |$)/m.exec(text)
  if (mark === null || !/^[ \t]*>{7}( |$)/m.test(text)) return []
  const end = mark.index + mark[0].length
  const help = 'Keep one of the two sides, and remove the marks of git.'
  return [{ rule: 'RV609', message: 'a conflict of git that is not resolved', help, start: end - 7, end }]
}

function lengthFindings(text: string): readonly TextFinding[] {
  if (text.length <= PROMPT_CHARACTERS_MAX) return []
  const message = `the prompt has ${text.length} characters; ${PROMPT_CHARACTERS_MAX} are a lot`
  const help =
    'The model reads all of it before each answer: the caller waits for that. Move what is to be looked up behind a tool.'
  return [{ rule: 'RV602', message, help, start: 0, end: 0 }]
}

/** Names as tools have them: `look_up` or look_up, with or without brackets. */
const TOOL_LIKE_NAMES = /(`?)\b([A-Za-z][A-Za-z0-9]{0,40}(?:[_-][A-Za-z0-9]{1,40}){1,8})\b(\(\))?\1/g
const CALL_WORD_BEFORE = /\b(?:call|calls|calling|use|uses|using|run|runs|invoke|tool|tools|function)[\s:"']{1,3}$/i
const TOOL_WORD_AFTER = /^\s{0,3}(?:tool|function)\b/i

function unknownToolFindings(
  text: string,
  { tools, isWord, secrets, hasUnnamedTools }: PromptContext,
): readonly TextFinding[] {
  const seen = new Set<string>()
  const found: TextFinding[] = []
  for (const match of text.matchAll(TOOL_LIKE_NAMES)) {
    const [whole, tick, name = '', brackets] = match
    const [start, end] = [match.index, match.index + whole.length]
    if (found.length >= FINDINGS_MAX) break
    if (seen.has(name) || tools.includes(name) || secrets.includes(name) || isWord(name)) continue
    if (seen.size >= NAMES_MAX) break
    seen.add(name)
    const near = nearest(name, tools)
    const isCode = tick === '`' && name.includes('_')
    const isCalled = name.includes('_') && (brackets || TOOL_WORD_AFTER.test(text.slice(end, end + 12)))
    const isNamed = name.includes('_') && CALL_WORD_BEFORE.test(text.slice(Math.max(0, start - 14), start))
    if (near.length === 0 && (hasUnnamedTools || !(isCode || isCalled || isNamed))) continue
    if (near.length > 0 && !name.includes('_') && tick === '') continue
    const named = tools.filter((each) => each !== '')
    const known = named.length === 0 ? 'There are none.' : `The tools are: ${named.join(', ')}.`
    const help = near[0] === undefined ? known : `Did you mean ${near[0]}? ${known}`
    found.push({
      rule: 'RV603',
      message: `the prompt names "${name}", which is no tool`,
      help,
      start,
      end,
      suggest: near,
      dependsOn: toolNamePointers(tools.length),
    })
  }
  return found
}

function duplicateHeadingFindings(text: string): readonly TextFinding[] {
  const seen = new Map<string, number>()
  const found: TextFinding[] = []
  if (!text.includes('#')) return found
  let offset = 0
  for (const line of text.split('\n')) {
    const start = offset
    offset += line.length + 1
    const title = /^#{1,6} (.{1,200})/.exec(line)?.[1]?.trim()
    if (title === undefined) continue
    const count = (seen.get(title.toLowerCase()) ?? 0) + 1
    seen.set(title.toLowerCase(), count)
    if (count !== 2 || found.length >= FINDINGS_MAX) continue
    const help = 'Join the two, or give each a heading of its own: two rules under one heading are easily at odds.'
    const message = `the heading "${title}" stands twice`
    found.push({ rule: 'RV605', message, help, start, end: start + line.trimEnd().length })
  }
  return found
}

function secretNameFindings(text: string, { secrets }: PromptContext): readonly TextFinding[] {
  return secrets.flatMap((name): TextFinding[] => {
    const start = indexOfName(text, name)
    if (start < 0) return []
    const help = 'The model needs no secrets and can be talked into telling what it knows: remove the name.'
    return [{ rule: 'RV403', message: `the prompt names the variable ${name}`, help, start, end: start + name.length }]
  })
}

/** Where a name stands first that is no part of a longer one; -1 where it does not. */
function indexOfName(text: string, name: string): number {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!/\w/.test(text[at - 1] ?? '') && !/\w/.test(text[at + name.length] ?? '')) return at
  }
  return -1
}
