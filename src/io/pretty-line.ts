import { styleText } from 'node:util'

/** What could move the cursor, hide text or turn its direction: control characters and bidirectional overrides. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** One JSON line of the log as one line for a person: time of day, level, message, `name=value`. */
export function prettyLine(line: string): string {
  const parsed: { readonly time: number; readonly [name: string]: unknown } = JSON.parse(line)
  const { time, level, msg, ...fields } = parsed
  const clock = new Date(time).toTimeString().slice(0, 8)
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${printValue(value)}`)
  const text = `${clock} ${String(level).padEnd(5)} ${msg ?? ''}${rest.join('')}`.replace(UNPRINTABLE, ' ')
  return `${paint(level, text)}\n`
}

function printValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}

/** Colour, where stderr is a terminal that wants it. */
function paint(level: unknown, text: string): string {
  const colour = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'dim'
  return styleText(colour, text, { stream: process.stderr })
}
