import { styleText } from 'node:util'

/** Characters that could move the cursor, hide text or change its direction: control characters and bidirectional overrides. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** Turns one JSON line of the log into readable text: time of day, level, message, `name=value`. */
export function prettyLine(line: string): string {
  const { time, level, text } = parseLogLine(line)
  const clock = new Date(time).toTimeString().slice(0, 8)
  return `${paint(level, `${clock} ${level.padEnd(5)} ${text}`)}\n`
}

/** The parts of one JSON line of the log: time, level, and the message with its `name=value`. */
export function parseLogLine(line: string): { readonly time: number; readonly level: string; readonly text: string } {
  const parsed: { readonly time: number; readonly [name: string]: unknown } = JSON.parse(line)
  const { time, level, msg, ...fields } = parsed
  const printedFields = Object.entries(fields).map(([name, value]) => ` ${name}=${printValue(value)}`)
  return { time, level: String(level), text: `${msg ?? ''}${printedFields.join('')}`.replace(UNPRINTABLE, ' ') }
}

function printValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}

/** Colours a level, if stderr is a terminal that wants it. */
function paint(level: string, text: string): string {
  const colour = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'dim'
  return styleText(colour, text, { stream: process.stderr })
}
