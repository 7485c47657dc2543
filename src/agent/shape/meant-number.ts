import { show } from '../printing/shown-value.ts'
import type { Meant } from './meant-value.ts'
import { durationMeant, millisecondsOf } from './units.ts'

/** What an author means by something else where a number is wanted: one in quotes, or one with a unit. */
export function meantNumber(data: unknown, key: string): Meant | null {
  if (key === 'retry' && typeof data === 'boolean') return asked(data, String(Number(data)))
  if (typeof data === 'number')
    return asked(data, String(Math.round(key.endsWith('_ms') && data < 60 ? data * 1_000 : data)))
  if (typeof data !== 'string' || data.trim() === '') return null
  const text = withoutGroups(data.trim())
  const duration = key.endsWith('_ms') ? durationMeant(text) : null
  if (duration !== null) return asked(data, String(Math.round(millisecondsOf(duration))))
  const count = Number.isFinite(Number(text)) ? Number(text) : withUnit(text, key)
  return count === null ? null : asked(data, String(count))
}

function asked(data: string | number | boolean, right: string): Meant {
  const what =
    typeof data === 'string'
      ? `is ${show(data)}, which is text; a number is wanted`
      : `is ${data}; a whole number is wanted`
  return { rule: 'RV104', what, right: [right] }
}

/** `120%`, `1.2x`, `4k`, and for bytes `16KB`. */
function withUnit(text: string, key: string): number | null {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?) ?(%|x|k|kb|kib|mb|mib)$/i.exec(text) ?? []
  if (count === undefined) return null
  if (unit === '%') return Number(count) / 100
  if (/^x$/i.test(unit)) return Number(count)
  const isBytes = key === 'max_output'
  if (!isBytes) return /^k$/i.test(unit) ? Number(count) * 1_000 : null
  return Number(count) * (/^m/i.test(unit) ? 1_048_576 : 1_024)
}

/** A number without the signs between its thousands; a comma may also be the point before its decimals. */
function withoutGroups(text: string): string {
  if (/^[1-9]\d{0,2}([_,'\u2009 ]\d{3})+$/.test(text)) return text.replaceAll(/\D/g, '')
  return /^\d+,\d+$/.test(text) ? text.replace(',', '.') : text
}
