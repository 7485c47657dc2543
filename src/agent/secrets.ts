/** What keys look like: those whose issuer gave them a beginning, private keys, logins in addresses, and long runs of letters and digits. */
const KEYS = [
  /\b(?:sk|rk|pk)[-_][A-Za-z0-9_-]{16,200}/,
  /\bgh[pousr]_[A-Za-z0-9]{30,200}|\bgithub_pat_[A-Za-z0-9_]{30,200}|\bglpat-[A-Za-z0-9_-]{20,200}/,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,200}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{35}/,
  /\b(?:hf|npm)_[A-Za-z0-9]{30,200}|\bSG\.[A-Za-z0-9_-]{16,100}\.[A-Za-z0-9_-]{16,200}/,
  /\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,2000}/,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/,
  /(?<=:\/\/[^\s:/@]{1,100}:)[^\s:/@${]{8,200}(?=@)/,
  /(?<=\b(?:Bearer|Basic) )[A-Za-z0-9+/_.=-]{20,4000}/,
  /(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{60,4000}={0,2}(?![A-Za-z0-9+/=_-])/,
]
const KEY = new RegExp(KEYS.map(({ source }) => source).join('|'), 'g')
/** How many of one text are told. */
const FOUND_MAX = 20
/** How much of a key may be shown, in characters: enough to know which one it is. */
const SHOWN_CHARACTERS = 4

/** Where something that looks like a key stands in a text. */
export function secretsIn(text: string): readonly { readonly start: number; readonly end: number }[] {
  const found = [...text.matchAll(KEY)].filter(([key]) => !isWords(key)).slice(0, FOUND_MAX)
  return found.map((match) => ({ start: match.index, end: match.index + match[0].length }))
}

/** The text with all but the beginning of what looks like a key made unreadable; lengths stay. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(KEY, (key) => {
    return isWords(key) ? key : `${key.slice(0, SHOWN_CHARACTERS)}${'*'.repeat(key.length - SHOWN_CHARACTERS)}`
  })
}

/** A long path, or a line of one letter, is no key: a key has capitals, small letters and digits, or the beginning that keys have. */
function isWords(key: string): boolean {
  const isRun = /^[A-Za-z0-9+/]{60,}={0,2}$/.test(key)
  return isRun && (!/[a-z]/.test(key) || !/[A-Z]/.test(key) || !/\d/.test(key) || key.split('/').length > 8)
}
