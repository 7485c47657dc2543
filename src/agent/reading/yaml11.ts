/** What a plain scalar is to readers of YAML 1.1 (many tools still are), and to us, where the two differ. */
interface Readings {
  readonly ours: string
  readonly theirs: string
}

const TRUE = /^(y|Y|yes|Yes|YES|on|On|ON)$/
const FALSE = /^(n|N|no|No|NO|off|Off|OFF)$/
const OCTAL = /^[-+]?0[0-7_]+$/
const BINARY = /^[-+]?0b[01_]+$/
const GROUPED = /^[-+]?[1-9]\d*(_\d+)+$/
const SEXAGESIMAL = /^[-+]?[1-9]\d*(:[0-5]?\d){1,4}$/
const DATE = /^\d{4}-\d\d-\d\d$/
const OCTAL_12 = /^0o[0-7]+$/

/** Longest text that can be such a value. */
const CHARACTERS_MAX = 32

/** How YAML 1.1 and 1.2 differ about a plain scalar, or null where they agree. */
export function yaml11Readings(source: string, value: unknown): Readings | null {
  if (source.length > CHARACTERS_MAX) return null
  const ours = typeof value === 'string' ? 'text' : String(value)
  if (TRUE.test(source)) return { ours, theirs: 'true' }
  if (FALSE.test(source)) return { ours, theirs: 'false' }
  if (OCTAL.test(source) && !/[89]/.test(source)) return ifDifferent(ours, octal(source))
  if (BINARY.test(source)) return { ours, theirs: String(Number(source.replaceAll('_', ''))) }
  if (GROUPED.test(source)) return { ours, theirs: source.replaceAll('_', '') }
  if (SEXAGESIMAL.test(source)) return { ours, theirs: String(sexagesimal(source)) }
  if (DATE.test(source)) return { ours, theirs: 'a date' }
  return OCTAL_12.test(source) ? { ours, theirs: 'text' } : null
}

/** The same in words for its author, with what all readers read alike; null where they agree. `isText`: nothing but text may stand there. */
export function yaml11Difference(
  source: string,
  value: unknown,
  isText: () => boolean,
): { readonly message: string; readonly help: string; readonly suggest: readonly string[] } | null {
  const reading = yaml11Readings(source, value)
  if (reading === null) return null
  const message = `${source} is ${reading.ours} here, and ${reading.theirs} to readers of YAML 1.1`
  const quoted = JSON.stringify(source)
  if (typeof value === 'number') {
    const help = `Write ${value}, which all read alike, or put it in quotes if it is no number.`
    return { message, help, suggest: [String(value), quoted] }
  }
  if (!/^(true|false)$/.test(reading.theirs) || isText())
    return { message, help: `Write ${quoted}, which all read alike.`, suggest: [quoted] }
  const help = `Put it in quotes if the word is meant; else write ${reading.theirs}.`
  return { message, help, suggest: [quoted, reading.theirs] }
}

function ifDifferent(ours: string, theirs: string): Readings | null {
  return ours === theirs ? null : { ours, theirs }
}

function octal(source: string): string {
  return String(Number.parseInt(source.replaceAll('_', ''), 8))
}

function sexagesimal(source: string): number {
  return source.split(':').reduce((total, part) => total * 60 + Number(part), 0)
}
