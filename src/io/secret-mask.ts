import { whenWanted } from './when-wanted.ts'

/** Puts `***` in place of every secret it was made for. */
export type Mask = (text: string) => string

/** Shortest value that is masked, in characters: anything shorter would also hit ordinary words. */
const SECRET_CHARACTERS_MIN = 6
/** Shortest line of a value of several that is masked by itself, in characters: a key's lines have 64, and are often printed one by one. */
const LINE_CHARACTERS_MIN = 16

/**
 * A mask for these values, also where they stand JSON-escaped, URL-encoded or in base64 (alone or inside a longer text, on one line or wrapped).
 * The patterns that find all of this are large: to make them for five secrets takes most of a second. So each is made only once a text holds
 * what every form of its secret holds.
 */
export function maskSecrets(values: readonly string[]): Mask {
  const whole = values.map((value) => value.trim()).filter((value) => value.length >= SECRET_CHARACTERS_MIN)
  const secrets = [...new Set([...whole, ...whole.flatMap(linesOf)])]
  secrets.sort((a, b) => b.length - a.length)
  const masks = secrets.map(maskSecret)
  return (text) => {
    const joined = masks.length === 0 ? '' : unwrapped(text)
    return masks.reduce((masked, mask) => mask(masked, joined), text)
  }
}

/** A mask for values that may become more: `read` is asked for them with each text. */
export function maskGrowing(read: () => readonly string[]): Mask {
  let known = read()
  let mask = maskSecrets(known)
  return (text) => {
    const values = read()
    if (values.length !== known.length || values.some((value, index) => value !== known[index])) {
      known = values
      mask = maskSecrets(values)
    }
    return mask(text)
  }
}

/** Also of a key whose line breaks are spelled \n, as it stands in a variable: who uses it makes lines of it. */
function linesOf(value: string): readonly string[] {
  const lines = value.split(/\n|(?:\\r)?\\n/).map((line) => line.trim())
  return lines.filter((line) => line.length >= LINE_CHARACTERS_MIN)
}

/** `joined` is the text from before any masking, with its base64 on one line and in one alphabet. */
function maskSecret(secret: string): (text: string, joined: string) => string {
  const plainRun = longestRun(secret)
  const cores = [0, 1, 2].map((offset) => embeddedBase64(secret, offset))
  const spelled = whenWanted(() => new RegExp(spellings(secret), 'g'))
  const encoded = whenWanted(() => new RegExp(base64Forms(secret).join('|'), 'g'))
  return (text, joined) => {
    const masked = text.includes(plainRun) ? text.replace(spelled(), '***') : text
    return cores.some((core) => joined.includes(core)) ? masked.replace(encoded(), '***') : masked
  }
}

/** Of the values that stand among the words of a command, those that may be secret: a path is what it works on. */
export function withoutPaths(values: readonly string[]): readonly string[] {
  return values.filter((value) => !/^(\.{0,2}|~)\//.test(value))
}

/** The longest stretch of letters and digits: encoders leave it as it is. */
function longestRun(secret: string): string {
  return secret.split(/[^A-Za-z0-9]+/).reduce((longest, run) => (run.length > longest.length ? run : longest), '')
}

function unwrapped(text: string): string {
  const joined = /[\r\n\\]/.test(text) ? text.replace(/[\r\n][ \t]*|(?<!\\)\\+[rn]/g, '') : text
  return joined.replaceAll('-', '+').replaceAll('_', '/')
}

/** What JSON inside JSON inside JSON puts before a character. */
const BACKSLASHES = '\\\\{1,15}'

/** Matches a text however much of it is URL-encoded or JSON-escaped: encoders differ in what they leave alone. */
function spellings(text: string): string {
  return [...text].map((character) => (/[A-Za-z0-9]/.test(character) ? character : `(?:${spell(character)})`)).join('')
}

function spell(character: string): string {
  const percent = [...Buffer.from(character)].map((byte) => `%${eitherCase(hex(byte, 2))}`).join('')
  const units = character.split('').map((unit) => `${BACKSLASHES}u${eitherCase(hex(unit.charCodeAt(0), 4))}`)
  const json = JSON.stringify(character).slice(1, -1)
  const escaped = json.startsWith('\\') ? [BACKSLASHES + (character === '\\' ? '' : escapePattern(json.slice(1)))] : []
  const form = character === ' ' ? ['\\+'] : []
  return [...escaped, escapePattern(character), percent, units.join(''), ...form].join('|')
}

/** Base64 of a text alone, then its part of the base64 of a longer text such as `user:secret`, with the padding. */
function base64Forms(secret: string): readonly string[] {
  const whole = Buffer.from(secret).toString('base64')
  const parts = [0, 1, 2].map((offset) => embeddedBase64(secret, offset))
  return [
    ...[whole, urlSafe(whole)].map(wrappable),
    ...[...parts, ...parts.map(urlSafe)].map((part) => `${wrappable(part)}(?:[A-Za-z0-9+/_-]=+)?`),
  ]
}

/** What may stand between two characters of wrapped base64: line breaks, also JSON-escaped, and indents. */
const WRAP = '(?:[\\r\\n][ \\t]*|\\\\+[rn])*'

/** `base64` breaks its lines after 76 characters, and others after 64. */
function wrappable(base64: string): string {
  return [...base64].map(escapePattern).join(WRAP)
}

/** The characters that a text alone decides when it begins `offset` bytes into a group of three. */
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
