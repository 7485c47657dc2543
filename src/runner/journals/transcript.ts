import { toPrintable, toPrintableLine } from '../../channels/printable.ts'
import type { Report } from '../../session/report.ts'
import { argumentsSuffix, backgroundSuffix } from '../fronts/report-display.ts'
import type { JournalHeader, JournalLine } from './journal-lines.ts'

/** Columns before the words: the time and the speaker. */
const INDENT = ' '.repeat(16)

/** The first lines of a transcript, naming its conversation. */
export function transcriptTitle({ agent, file, conversation, t }: JournalHeader): string {
  return `${agent} (${file}) · conversation ${conversation} · ${dateTime(t)}`
}

/** One line of a journal as a line of a transcript; null if it has nothing to say there. `startedAt` is in ms since the epoch. */
export function transcriptLine(line: JournalLine, startedAt: number): string | null {
  switch (line.type) {
    case 'generation':
      return `${INDENT}—— generation ${line.generation} (${line.hash.slice(0, 8)}): ${line.model}, ${line.voice}`
    case 'caller.transcript':
      return line.final ? entry(line, 'caller', line.text, startedAt) : null
    case 'agent.transcript':
      return entry(line, 'agent', line.interrupted ? `${line.text} [cut off]` : line.text, startedAt)
    case 'agent.heard':
      return entry(line, 'heard', line.text === '' ? 'nothing of it' : `${line.text} …`, startedAt)
    case 'tool.finished':
      return entry(line, 'tool', `${line.name}${argumentsSuffix(line)}: ${toolResult(line)}`, startedAt)
    case 'tool.started':
      return entry(line, 'tool', `${line.name}${argumentsSuffix(line)}${backgroundSuffix(line)}`, startedAt)
    case 'reload.applied':
      if (line.fields.length === 0) return null
      return entry(line, 'reload', `applied in ${line.ms} ms: ${line.fields.join(', ')}`, startedAt)
    case 'reload.refused':
      return entry(line, 'reload', `refused by the service: ${location(line)}${line.message}`, startedAt)
    case 'reload.deferred':
      return entry(line, 'reload', `waits for the next session: ${line.fields.join(', ')}`, startedAt)
    case 'warning':
    case 'error':
      return entry(line, line.type, line.message, startedAt)
    case 'gap':
      return entry(line, 'gap', `${line.lost} lines could not be written here`, startedAt)
    case 'session.closed':
      return entry(line, 'over', line.reason, startedAt)
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

function entry({ t }: { readonly t: number }, who: string, words: string, startedAt: number): string {
  const seconds = Math.max(0, Math.floor((t - startedAt) / 1000))
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
