import { truncate } from './lines.ts'

/** Spaces that are none to YAML: they do not break, have another width, or none. */
const SPACES = '[\\u00a0\\u1680\\u2000-\\u200b\\u202f\\u205f\\u2060\\u3000\\ufeff]'
const SPACE_AT_END = new RegExp(`^${SPACES}|${SPACES}$`)
const SPACES_AT_START = new RegExp(`^${SPACES}(?:${SPACES}| )*`)
const SPACE_BEHIND_COLON = new RegExp(`:(?=${SPACES})`)
const WITHOUT_WIDTH = /[\u200b\u2060\ufeff]/g
/** Typographic quotes; two of them stand at the foot of a line, and only begin. */
const QUOTE = '“”‟‘’‛«»‹›＂'
const OPENING_QUOTE = new RegExp(`^[${QUOTE}„‚]`)
const IN_QUOTES = new RegExp(`${OPENING_QUOTE.source}(.*)[${QUOTE}]$`, 's')

/** What is wrong with a space that is none to YAML. */
export const SPACE_MESSAGE = 'a space that YAML takes for a letter'
const MESSAGE = 'typographic quotes, which are letters to YAML'

interface LookAlike {
  readonly message: string
  readonly help: string
  readonly suggest: readonly string[]
  /** A word that a program reads is another one then; a sentence is spoken all the same. */
  readonly isSevere: boolean
}

/** A plain key or value with signs at its ends that look like quotes or spaces and are letters to YAML; null where it has none. */
export function findLookAlike(source: string, isText = () => true): LookAlike | null {
  const quoted = IN_QUOTES.exec(source)?.[1]
  if (quoted !== undefined && /^(-?\d+(\.\d+)?|true|false)$/.test(quoted) && !isText())
    return { message: MESSAGE, help: `Write ${quoted}, without quotes.`, suggest: [quoted], isSevere: true }
  if (quoted !== undefined) {
    const right = JSON.stringify(quoted)
    const help = `Write straight ones: ${truncate(right)}. Where they belong to the text, put all of it in straight quotes.`
    const isSevere = !/\s/.test(quoted)
    return { message: MESSAGE, help, suggest: [right], isSevere }
  }
  if (!SPACE_AT_END.test(source)) return null
  const right = source.replaceAll(WITHOUT_WIDTH, '').trim()
  // The ends of a sentence are nobody’s business; a name with one is another name.
  if (/\S\s/.test(right)) return null
  return {
    message: SPACE_MESSAGE,
    help: 'Write plain spaces, or none.',
    suggest: [right],
    isSevere: true,
  }
}

/** The spaces that a text begins with, if the first of them is none to YAML, and how wide they look; null where none is. */
export function spacesAtStart(text: string): { readonly length: number; readonly width: number } | null {
  const [spaces] = SPACES_AT_START.exec(text) ?? []
  return spaces === undefined ? null : { length: spaces.length, width: spaces.replaceAll(WITHOUT_WIDTH, '').length }
}

/** Where such a space follows the ":" of a key, in characters from the start; null where none does. */
export function spaceBehindColon(text: string): number | null {
  const colon = SPACE_BEHIND_COLON.exec(text)
  return colon === null ? null : colon.index + 1
}

/** Whether a text begins with a quote that only looks like one. */
export function beginsWithTypographicQuote(text: string): boolean {
  return OPENING_QUOTE.test(text)
}
