/** The spelling of a token that a pattern accepts: as it is, in capitals, or in small letters; null when none does. */
export function fitsPattern(token: string, pattern: string): string | null {
  if (token.length > TOKEN_MAX) return null
  const expression = compile(pattern)
  if (expression === null) return null
  return [token, token.toUpperCase(), token.toLowerCase()].find((each) => expression.test(each)) ?? null
}

/** Whether a pattern tells anything: one that any plain word fits does not. */
export function isTellingPattern(pattern: string): boolean {
  return compile(pattern) !== null && PLAIN_WORDS.every((word) => fitsPattern(word, pattern) === null)
}

/** The shape of a code: `A-1042` is `a-0000`. */
export function shapeOf(token: string): string {
  return token.replaceAll(/\p{L}/gu, 'a').replaceAll(/\p{N}/gu, '0')
}

/** Longer tokens are not tried: a careless pattern could take for ever. */
const TOKEN_MAX = 48

const PLAIN_WORDS = ['is', 'hello', 'where']

function compile(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    return null
  }
}
