/** Spaces that are none to YAML: they do not break, have another width, or none. */
const SPACES = '[\\u00a0\\u1680\\u2000-\\u200b\\u202f\\u205f\\u2060\\u3000\\ufeff]'
const SPACED = new RegExp(`^${SPACES}|${SPACES}$`)
/** Typographic quotes; two of them stand at the foot of a line, and only begin. */
const QUOTE = '“”‟‘’‛«»‹›＂'
const BEGINS = new RegExp(`^[${QUOTE}„‚]`)
const QUOTED = new RegExp(`${BEGINS.source}(.*)[${QUOTE}]$`, 's')

const MESSAGE = 'typographic quotes, which are letters to YAML'

interface LookAlike {
  readonly message: string
  readonly help: string
  readonly suggest: readonly string[]
  /** A sentence is said all the same; a word is another one, where a program reads it. */
  readonly isGrave: boolean
}

/** A plain key or value with signs at its ends that look like quotes or spaces and are letters to YAML; null where it has none. */
export function lookAlike(source: string, isText = () => true): LookAlike | null {
  const inner = QUOTED.exec(source)?.[1]
  if (inner !== undefined && /^(-?\d+(\.\d+)?|true|false)$/.test(inner) && !isText())
    return { message: MESSAGE, help: `Write ${inner}, without quotes.`, suggest: [inner], isGrave: true }
  if (inner !== undefined) {
    const right = JSON.stringify(inner)
    const help = `Write straight ones: ${short(right)}. Where they belong to the text, put all of it in straight quotes.`
    const isGrave = !/\s/.test(inner)
    return { message: MESSAGE, help, suggest: [right], isGrave }
  }
  if (!SPACED.test(source)) return null
  const right = source
    .replaceAll(/[\u200b\u2060\ufeff]/g, '')
    .trimEnd()
    .replace(/^\s+/, (spaces) => ' '.repeat(spaces.length))
  // The ends of a sentence are nobody’s business; a name with one is another name.
  if (/\S\s/.test(right)) return null
  return {
    message: 'a space that YAML takes for a letter',
    help: 'Write plain spaces, or none.',
    suggest: [right],
    isGrave: true,
  }
}

/** Whether a text begins with a quote that only looks like one. */
export function beginsTypographic(text: string): boolean {
  return BEGINS.test(text)
}

function short(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}
