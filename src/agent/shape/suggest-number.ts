import { formatValue } from '../printing/format-value.ts'
import { millisecondsOf, normalizeDuration } from './duration-units.ts'
import type { Suggestion } from './suggestion.ts'

/** Suggests a number for another value: most often one in quotes, or with a unit. */
export function suggestNumber(data: unknown, key: string): Suggestion | null {
  if (key === 'retry' && typeof data === 'boolean') return suggestionFor(data, String(Number(data)))
  if (typeof data === 'number')
    return suggestionFor(data, String(Math.round(key.endsWith('_ms') && data < 60 ? data * 1_000 : data)))
  if (typeof data !== 'string' || data.trim() === '') return null
  const text = stripThousandsSeparators(data.trim())
  const duration = key.endsWith('_ms') ? normalizeDuration(text) : null
  if (duration !== null) return suggestionFor(data, String(Math.round(millisecondsOf(duration))))
  const count = Number.isFinite(Number(text)) ? Number(text) : parseWithUnit(text, key)
  return count === null ? null : suggestionFor(data, String(count))
}

function suggestionFor(data: string | number | boolean, right: string): Suggestion {
  const what =
    typeof data === 'string'
      ? `is ${formatValue(data)}, which is text; a number is wanted`
      : `is ${data}; a whole number is wanted`
  return { rule: 'RV104', what, replacements: [right] }
}

/** `120%`, `1.2x`, `4k`, and for bytes `16KB`. */
function parseWithUnit(text: string, key: string): number | null {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?) ?(%|x|k|kb|kib|mb|mib)$/i.exec(text) ?? []
  if (count === undefined) return null
  if (unit === '%') return Number(count) / 100
  if (/^x$/i.test(unit)) return Number(count)
  const isBytes = key === 'max_output'
  if (!isBytes) return /^k$/i.test(unit) ? Number(count) * 1_000 : null
  return Number(count) * (/^m/i.test(unit) ? 1_048_576 : 1_024)
}

/** A number without thousands separators; a comma may also be the decimal point. */
function stripThousandsSeparators(text: string): string {
  if (/^[1-9]\d{0,2}([_,'\u2009 ]\d{3})+$/.test(text)) return text.replaceAll(/\D/g, '')
  return /^\d+,\d+$/.test(text) ? text.replace(',', '.') : text
}
