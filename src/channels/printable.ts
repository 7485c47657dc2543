import { stripVTControlCharacters } from 'node:util'

/** Control characters (except line feed and tab), and those that change the writing direction or break lines invisibly. */
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu
/** Half of a surrogate pair. */
const LONE_SURROGATE = /\p{Surrogate}/gu

/**
 * Makes text of a model, a tool or a service safe for a terminal: no escape sequence, nothing that moves the cursor or hides words. Half of
 * a surrogate pair stays, since the other half may come with the next delta.
 */
export function toPrintable(text: string): string {
  return stripVTControlCharacters(text).replace(/\r\n?/g, '\n').replace(UNPRINTABLE, '').replace(/\t/g, '  ')
}

/** Like `toPrintable`, on one line. */
export function toPrintableLine(text: string): string {
  return toPrintable(text).replace(/\s*\n\s*/g, ' ')
}

/** Text for an author who wants to see exactly what is in it: unsafe characters are written as JSON escapes. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, escapeOf).replace(LONE_SURROGATE, escapeOf)
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
