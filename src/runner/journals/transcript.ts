import { toPrintable, toPrintableLine } from '../../channels/printable.ts'
import type { Report } from '../../session/report.ts'
import { argumentsSuffix, backgroundSuffix } from '../printing/call-text.ts'
import type { JournalHeader, JournalLine } from './journal-lines.ts'
import type { Journal } from './journal-reader.ts'

/** Columns before the words: the time and the speaker. */
const INDENT = ' '.repeat(16)

/** The first lines of a transcript, naming its conversation. */
export function transcriptTitle({ agent, file, conversation, t }: JournalHeader): string {
  return `${agent} (${file}) · conversation ${conversation} · ${dateTime(t)}`
}

/** A journal as the lines of a transcript. Words of the caller that the engine sends again at once, more complete, are shown once. */
export async function* transcriptLines({ header, lines }: Pick<Journal, 'header' | 'lines'>): AsyncGenerator<string> {
  let words: { readonly turn: string; readonly text: string } | null = null
  for await (const line of lines) {
    const text = transcriptLine(line, header.t)
    if (text === null) continue
    const turn = turnWithWords(line)
    if (words !== null && words.turn !== turn) yield words.text
    words = turn === null ? null : { turn, text }
    if (turn === null) yield text
  }
  if (words !== null) yield words.text
}

/** Which turn of the caller this line has the words of; null if of none. */
export function turnWithWords(line: JournalLine): string | null {
  return line.type === 'caller.transcript' && line.final ? `${line.turn} ${line.item_id}` : null
}

/** One line of a journal as a line of a transcript; null if it has nothing to say there. `startedAt` is in ms since the epoch. */
export function transcriptLine(line: JournalLine, startedAt: number): string | null {
  const entry = (who: string, words: string) => entryText(line.t - startedAt, who, words)
  switch (line.type) {
    case 'generation':
      return `${INDENT}—— generation ${line.generation} (${line.hash.slice(0, 8)}): ${line.model}, ${line.voice}`
    case 'caller.transcript':
      return line.final ? entry('caller', line.text) : null
    case 'agent.transcript':
      return entry('agent', line.interrupted ? `${line.text} [cut off]` : line.text)
    case 'agent.heard':
      return entry('heard', line.text === '' ? 'nothing of it' : `${line.text} …`)
    case 'tool.finished':
      return entry('tool', `${line.name}${argumentsSuffix(line)}: ${toolResult(line)}`)
    case 'tool.started':
      return entry('tool', `${line.name}${argumentsSuffix(line)}${backgroundSuffix(line)}`)
    case 'reload.applied':
      if (line.fields.length === 0) return null
      return entry('reload', `applied in ${line.ms} ms: ${line.fields.join(', ')}`)
    case 'reload.refused':
      return entry('reload', `refused by the service: ${location(line)}${line.message}`)
    case 'reload.deferred':
      return entry('reload', `waits for the next session: ${line.fields.join(', ')}`)
    case 'warning':
    case 'error':
      return entry(line.type, line.message)
    case 'gap':
      return entry('gap', `${line.lost} lines could not be written here`)
    case 'session.closed':
      return entry('over', line.reason)
    default:
      return null
  }
}

/** One line of a journal as a line of an event log. */
export function logLine(line: JournalLine): string {
  const { type, t, conversation: _conversation, ...fields } = line
  const { generation, ...rest } = fields as { readonly generation?: number; readonly [key: string]: unknown }
  const words = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const under = generation === undefined ? '' : `g${generation}`
  return toPrintableLine(`${clockTime(t)}  ${under.padEnd(4)} ${type.padEnd(22)} ${words.join(' ')}`).trimEnd()
}

/** Local date and time, to the second. */
export function dateTime(t: number): string {
  const date = new Date(t)
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join('-')
  return `${day} ${clockTime(t).slice(0, 8)}`
}

function clockTime(t: number): string {
  const date = new Date(t)
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

function entryText(afterMs: number, who: string, words: string): string {
  const seconds = Math.max(0, Math.floor(afterMs / 1000))
  const time = `${Math.floor(seconds / 60)}:${twoDigits(seconds % 60)}`
  const text = toPrintable(words).replaceAll('\n', `\n${INDENT}`)
  return `${time.padStart(6)}  ${who.padEnd(7)} ${text}`
}

function location({ file, line, column }: Extract<Report, { type: 'reload.refused' }>): string {
  return file === null ? '' : `${file}:${line}:${column} `
}

function toolResult({ status, ms }: Extract<Report, { type: 'tool.finished' }>): string {
  return status === 'ok' ? `ok in ${ms} ms` : `${status.replaceAll('_', ' ')} after ${ms} ms`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
