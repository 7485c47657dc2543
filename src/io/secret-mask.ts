import { lazy } from './lazy.ts'

/** Replaces every secret it was made for with `***`. */
export type Mask = (text: string) => string

/** The shortest value masked, in characters: anything shorter would also match ordinary words. */
const SECRET_CHARACTERS_MIN = 6
/**
 * The shortest line of a multi-line value that is masked by itself, in characters: a key's lines have 64, and are often printed one by one.
 */
const LINE_CHARACTERS_MIN = 16

/**
 * A mask for these values, also JSON-escaped, URL-encoded or in base64 (alone or inside a longer text, on one line or wrapped). The
 * patterns for all that are large: making them for five secrets takes most of a second. So each is made only once a text contains what
 * every form of its secret contains.
 */
export function createMask(values: readonly string[]): Mask {
  const whole = values.map((value) => value.trim()).filter((value) => value.length >= SECRET_CHARACTERS_MIN)
  const secrets = [...new Set([...whole, ...whole.flatMap(linesOf)])]
  secrets.sort((a, b) => b.length - a.length)
  const masks = secrets.map(maskSecret)
  return (text) => {
    const unwrapped = masks.length === 0 ? '' : unwrapBase64(text)
    return masks.reduce((masked, mask) => mask(masked, unwrapped), text)
  }
}

/** A mask for values that may change: `read` is called for each text. */
export function createLiveMask(read: () => readonly string[]): Mask {
  let known = read()
  let mask = createMask(known)
  return (text) => {
    const values = read()
    if (values.length !== known.length || values.some((value, index) => value !== known[index])) {
      known = values
      mask = createMask(values)
    }
    return mask(text)
  }
}

/** Also splits a key whose line breaks are spelled \n, as in a variable: its user turns it into lines. */
function linesOf(value: string): readonly string[] {
  const lines = value.split(/\n|(?:\\r)?\\n/).map((line) => line.trim())
  return lines.filter((line) => line.length >= LINE_CHARACTERS_MIN)
}

/** `joined` is the text before any masking, with its base64 unwrapped and in one alphabet. */
function maskSecret(secret: string): (text: string, unwrapped: string) => string {
  const plainRun = longestRun(secret)
  const cores = [0, 1, 2].map((offset) => embeddedBase64(secret, offset))
  const plainPattern = lazy(() => new RegExp(spellingsOf(secret), 'g'))
  const encodedPattern = lazy(() => new RegExp(base64Forms(secret).join('|'), 'g'))
  return (text, unwrapped) => {
    const masked = text.includes(plainRun) ? text.replace(plainPattern(), '***') : text
    return cores.some((core) => unwrapped.includes(core)) ? masked.replace(encodedPattern(), '***') : masked
  }
}

/** The values in a command that may be secret: all but paths, which are what it works on. */
export function withoutPaths(values: readonly string[]): readonly string[] {
  return values.filter((value) => !/^(\.{0,2}|~)\//.test(value))
}

/** The longest run of letters and digits: encoders leave it unchanged. */
function longestRun(secret: string): string {
  return secret.split(/[^A-Za-z0-9]+/).reduce((longest, run) => (run.length > longest.length ? run : longest), '')
}

function unwrapBase64(text: string): string {
  const unwrapped = /[\r\n\\]/.test(text) ? text.replace(/(?:[\r\n]|(?<!\\)\\+[rn])(?:[ \t]|\\+t)*/g, '') : text
  return unwrapped.replaceAll('-', '+').replaceAll('_', '/')
}

/** What nested JSON puts before an escaped character. */
const BACKSLASHES = '\\\\{1,15}'

/** Matches a text with any part of it URL-encoded or JSON-escaped: encoders differ in what they leave unchanged. */
function spellingsOf(text: string): string {
  return [...text]
    .map((character) => (/[A-Za-z0-9]/.test(character) ? character : `(?:${spellingsOfCharacter(character)})`))
    .join('')
}

function spellingsOfCharacter(character: string): string {
  const percent = [...Buffer.from(character)].map((byte) => `%${eitherCase(hex(byte, 2))}`).join('')
  const units = character.split('').map((unit) => `${BACKSLASHES}u${eitherCase(hex(unit.charCodeAt(0), 4))}`)
  const json = JSON.stringify(character).slice(1, -1)
  const escaped = json.startsWith('\\') ? [BACKSLASHES + (character === '\\' ? '' : escapePattern(json.slice(1)))] : []
  const formEncoded = character === ' ' ? ['\\+'] : []
  return [...escaped, escapePattern(character), percent, units.join(''), ...formEncoded].join('|')
}

/** The base64 of a text alone, then its part in the base64 of a longer text such as `user:secret`, with the padding. */
function base64Forms(secret: string): readonly string[] {
  const whole = Buffer.from(secret).toString('base64')
  const parts = [0, 1, 2].map((offset) => embeddedBase64(secret, offset))
  return [
    ...[whole, urlSafe(whole)].map(wrappable),
    ...[...parts, ...parts.map(urlSafe)].map((part) => `${wrappable(part)}(?:[A-Za-z0-9+/_-]=+)?`),
  ]
}

/** What may come between two characters of wrapped base64: line breaks and indents, also JSON-escaped. */
const WRAP = '(?:(?:[\\r\\n]|\\\\+[rn])(?:[ \\t]|\\\\+t)*)*'

/** `base64` wraps lines after 76 characters, others after 64. */
function wrappable(base64: string): string {
  return [...base64].map(escapePattern).join(WRAP)
}

/** The base64 characters that depend on the text alone if it begins `offset` bytes into a group of three. */
function embeddedBase64(text: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)])
  return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

function eitherCase(digits: string): string {
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
