/** What a key looks like, and texts of which one stands in every such key: to look for those first is many times as fast. */
interface KeyPattern {
  readonly hints: readonly string[]
  readonly pattern: RegExp
}

/** Keys whose issuer gave them a beginning, private keys, and logins and keys in addresses. */
const KEY_PATTERNS: readonly KeyPattern[] = [
  {
    hints: ['sk', 'rk', 'pk'].flatMap((name) => [`${name}-`, `${name}_`]),
    pattern: /\b(?:sk|rk|pk)[-_][A-Za-z0-9_-]{16,200}/,
  },
  {
    hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-'],
    pattern: /\bgh[pousr]_[A-Za-z0-9]{30,200}|\bgithub_pat_[A-Za-z0-9_]{30,200}|\bglpat-[A-Za-z0-9_-]{20,200}/,
  },
  { hints: ['xox'], pattern: /\bxox[abeprs]-[A-Za-z0-9-]{10,200}/ },
  { hints: ['AKIA', 'ASIA', 'AIza'], pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{35}/ },
  {
    hints: ['hf_', 'npm_', 'SG.'],
    pattern: /\b(?:hf|npm)_[A-Za-z0-9]{30,200}|\bSG\.[A-Za-z0-9_-]{16,100}\.[A-Za-z0-9_-]{16,200}/,
  },
  {
    hints: ['eyJ'],
    pattern: /\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,2000}/,
  },
  { hints: ['-----BEGIN '], pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/ },
  { hints: ['://'], pattern: /(?<=:\/\/[^\s:/@]{1,100}:)[^\s:/@${]{8,200}(?=@)/ },
  {
    hints: ['key=', 'Key=', 'token=', 'Token=', 'secret=', 'password='],
    pattern:
      /(?<=[?&](?:[aA]pi[-_]?[kK]ey|(?:access|auth)?[-_]?[tT]oken|(?:client[-_]?)?secret|password)=)(?=[^\s&"']{0,200}\d)[A-Za-z0-9._~-]{16,200}/,
  },
  { hints: ['Bearer ', 'Basic '], pattern: /(?<=\b(?:Bearer|Basic) )[A-Za-z0-9+/_.=-]{20,4000}/ },
]
/** Long runs of letters and digits: nothing stands in all of them. */
const LONG_RUN = /(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{60,4000}={0,2}(?![A-Za-z0-9+/=_-])/
/** How long such a run is at least, in characters. */
const RUN_MIN = 60
/** How many of one text are reported. */
const FOUND_MAX = 20
/** How much of a key may be shown, in characters: enough to know which one it is. */
const VISIBLE_CHARACTERS = 4

/** Where something that looks like a key stands in a text. */
export function findSecrets(text: string): readonly { readonly start: number; readonly end: number }[] {
  const keys = expressionFor(text)
  if (keys === null) return []
  const found = [...text.matchAll(keys)].filter(([key]) => !isFalsePositive(key)).slice(0, FOUND_MAX)
  return found.map((match) => ({ start: match.index, end: match.index + match[0].length }))
}

/** The text with all but the beginning of what looks like a key made unreadable; lengths stay. */
export function redactSecrets(text: string): string {
  const keys = expressionFor(text)
  if (keys === null) return text
  return text.replaceAll(keys, (key) => {
    return isFalsePositive(key)
      ? key
      : `${key.slice(0, VISIBLE_CHARACTERS)}${'*'.repeat(key.length - VISIBLE_CHARACTERS)}`
  })
}

/** Compiled expressions, by their source: few of the combinations come up. */
const compiled = new Map<string, RegExp>()

/** What to look for in a text: the keys that may be in it, by their hints; null where none can be. */
function expressionFor(text: string): RegExp | null {
  const patterns = KEY_PATTERNS.filter(({ hints }) => hints.some((hint) => text.includes(hint))).map(
    ({ pattern }) => pattern,
  )
  if (hasLongRun(text)) patterns.push(LONG_RUN)
  if (patterns.length === 0) return null
  const source = patterns.map((pattern) => pattern.source).join('|')
  const cached = compiled.get(source)
  if (cached !== undefined) return cached
  const expression = new RegExp(source, 'g')
  compiled.set(source, expression)
  return expression
}

/** Whether a run stands in a text. One that is long enough covers some multiple of its length, so most of the text need not be read. */
function hasLongRun(text: string): boolean {
  for (let at = RUN_MIN - 1; at < text.length; at += RUN_MIN) {
    let [start, end] = [at, at]
    while (end - start < RUN_MIN && isRunCharacter(text.charCodeAt(end))) end += 1
    while (end > at && end - start < RUN_MIN && isRunCharacter(text.charCodeAt(start - 1))) start -= 1
    if (end - start === RUN_MIN) return true
  }
  return false
}

/** A letter, a digit, + or /, by its code. */
function isRunCharacter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 47 && code <= 57) || code === 43
}

/** A long path, or a line of one letter, is no key: a key has capitals, small letters and digits, or the beginning that keys have. */
function isFalsePositive(key: string): boolean {
  const isRun = /^[A-Za-z0-9+/]{60,}={0,2}$/.test(key)
  return isRun && (!/[a-z]/.test(key) || !/[A-Z]/.test(key) || !/\d/.test(key) || key.split('/').length > 8)
}
