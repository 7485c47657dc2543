import { findLookAlike } from '../reading/look-alikes.ts'
import { yaml11Readings } from '../reading/yaml11.ts'

/** What may be no text, or is text to some readers only. */
const SPECIAL = /^(?:[-+.~\d]|(?:null|true|false|y|yes|no?|on|off)$)/i
/** A number that everybody reads alike, and exactly. */
const SIMPLE = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/
const NUMBER = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/
/** Numbers in other clothes; rare enough to be left to the full parser. */
const OTHER_NUMBER = /^(?:[-+]?0[obx]|[-+]?\.(?:inf|nan)$)/i

/**
 * The value of a plain scalar in YAML 1.2; undefined where it is no exact number, another value to readers of YAML 1.1, or has signs at its ends
 * that only look like quotes or spaces.
 */
export function plainScalar(source: string): unknown {
  if (!isAscii(source, 0) || !isAscii(source, source.length - 1))
    return findLookAlike(source) === null ? source : undefined
  if (!SPECIAL.test(source)) return source
  if (SIMPLE.test(source)) return Number(source)
  const value = specialScalar(source)
  return yaml11Readings(source, value) === null ? value : undefined
}

function isAscii(text: string, offset: number): boolean {
  return text.charCodeAt(offset) < 128
}

function specialScalar(source: string): unknown {
  if (/^(?:~|null|Null|NULL)$/.test(source)) return null
  if (/^(?:true|True|TRUE)$/.test(source)) return true
  if (/^(?:false|False|FALSE)$/.test(source)) return false
  if (OTHER_NUMBER.test(source)) return undefined
  if (!NUMBER.test(source)) return source
  const number = Number(source)
  return Number.isSafeInteger(number) || (Number.isFinite(number) && !Number.isInteger(number)) ? number : undefined
}

/** The text of a scalar in quotes. What it may hold behind a backslash is the same in JSON. */
export function quotedScalar(source: string): string {
  if (source.startsWith("'")) return source.slice(1, -1).replaceAll("''", "'")
  return source.includes('\\') ? JSON.parse(source) : source.slice(1, -1)
}

/** The text of a folded block scalar: its lines are joined, and of the empty lines between them the first is the end of a paragraph. */
export function foldLines(content: string): string {
  let text = ''
  let separator = ''
  for (const line of content.split('\n')) {
    if (line !== '') {
      text += separator + line
      separator = ' '
    } else if (separator === ' ') separator = '\n'
    else text += '\n'
  }
  return text
}
