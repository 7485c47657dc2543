import type { Fault } from '../findings/fault.ts'
import { LINE_CHARACTERS_MAX, restOfLine } from './brace-faults.ts'
import type { MakeFault, Span } from './spans.ts'
import type { YamlProblem } from './yaml-problem.ts'

/** A problem between brackets, where commas separate entries. */
export function flowFault({ message, pos: [start, end] }: YamlProblem, text: string, makeFault: MakeFault): Fault {
  const opened = openedQuote(text, [start, end])
  if (opened !== null)
    return makeFault('RV002', 'a quote that is not closed', `Close it with ${text[opened]}.`, [opened, opened + 1])
  if (text[start] === ',') return makeFault('RV002', 'a comma with nothing before it', 'Remove it.', [start, start + 1])
  const at = [start, Math.min(text.length, Math.max(end, start + 1))] as const
  if (/implicit|block|indicator|flow/i.test(message))
    return makeFault(
      'RV002',
      'no comma between two entries',
      'Part them with a comma; a text that holds ": " wants quotes, and a ":" behind a key a space.',
      at,
    )
  return makeFault('RV002', withLowerInitial(message), 'Put the value in quotes.', at)
}

/** Where a quote begins that ends at the beginning of the next text in quotes: behind the ":" of a key, or on a line below. */
function openedQuote(text: string, [start, end]: Span): number | null {
  if (/^["'][^"']*\n/.test(text.slice(start, end))) return start
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  const key = /(?<=^|[\s,{])(["'])[\w-]+:\s*\1$/.exec(line)
  return key === null ? null : start - line.length + key.index
}

/** Something behind a value that is over, or a sign that opens nothing. */
export function unexpectedToken({ message, pos }: YamlProblem, text: string, makeFault: MakeFault): Fault {
  const [start] = pos
  const end = Math.max(pos[1], start + 1)
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  const faultHere = (what: string, help: string) => makeFault('RV002', what, help, [start, Math.min(end, text.length)])
  if (/block-seq-ind/.test(message))
    return faultHere(
      'a list that begins behind its key',
      'Begin it on the next line, or write it in brackets: [one, two].',
    )
  if (/^[\]}]/.test(text.slice(start, end))) return faultHere(`a ${text[start]} that closes nothing`, 'Remove it.')
  if (/header/.test(message))
    return faultHere('something behind the | or >', 'Write one | alone, and the text below it.')
  if (/[|>][-+\d]*\s+$/.test(line))
    return faultHere('text behind the | or >', 'Begin the text on the next line, indented.')
  if (!/node end/.test(message)) return makeFault('RV002', withLowerInitial(message), 'Write it as YAML.', [start, end])
  const [, sign] =
    /^([,;])(?:[^\S\n]+#[^\n]*|[^\S\n]*)(?:\n|$)/.exec(text.slice(start, start + LINE_CHARACTERS_MAX)) ?? []
  if (sign !== undefined) {
    const what = `a ${sign === ',' ? 'comma' : 'semicolon'} behind the value`
    const fault = makeFault('RV002', what, 'Remove it: nothing parts the lines.', [start, start + 1])
    return { ...fault, suggest: [''] }
  }
  const opening = /(?<=^|[\s:[{,-])["'[{*&!](?=[^\n]*$)/.exec(line)
  const [opener = ''] = opening ?? []
  const isQuote = opener === '"' || opener === "'"
  if (isQuote && text.slice(start, end).includes(opener))
    return quoteInside(text, [start - line.length + (opening?.index ?? 0), start], makeFault)
  const isNext = /^(?:- |[\w-]+:(?=\s|$))/.test(text.slice(start, start + LINE_CHARACTERS_MAX))
  return faultHere(
    `text behind the ${isQuote ? 'closing quote' : 'end of the value'}`,
    isNext ? 'Put it on a line of its own.' : 'Put all of the value in quotes.',
  )
}

/** A key behind a text in quotes; the fault reaches to the end of its line. */
export function textBehindQuote(text: string, end: number, makeFault: MakeFault): Fault {
  const rest = restOfLine(text, end)
  const at = [end + rest.length - rest.trimStart().length, end + rest.trimEnd().length] as const
  const help = 'Put the next key on a line of its own, or all of the value in quotes.'
  return makeFault('RV002', 'text behind the closing quote', help, at)
}

/** A quote that ends the text it stands in; the rest of the file is read as if it did not. */
export function quoteInside(text: string, [opened, behind]: Span, makeFault: MakeFault): Fault {
  const isDouble = text[opened] === '"'
  if (text.startsWith('"""', opened)) {
    const help = 'Write a | behind the key, and the text below it, indented.'
    return makeFault('RV002', 'three quotes, which begin no text in YAML', help, [opened, opened + 3])
  }
  const inside = isDouble
    ? '\\" for a quote inside, or put all of it in single quotes'
    : "'' for a quote inside, or put all of it in double quotes"
  const unfixed = makeFault('RV002', 'a quote inside the quotes ends them', `Write ${inside}.`, [behind - 1, behind])
  const whole = restOfLine(text, opened).trimEnd()
  if (!whole.endsWith(isDouble ? '"' : "'")) return unfixed
  const right = JSON.stringify(whole.slice(1, -1))
  return { ...unfixed, recovery: [{ start: opened, end: opened + whole.length, newText: right }] }
}

/** A message of the parser as the beginning of ours. */
export function withLowerInitial(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
