/** A token in the spelling a pattern accepts: unchanged, in capitals, or in small letters; null if none fits. */
export function matchPattern(token: string, pattern: string): string | null {
  if (token.length > TOKEN_MAX) return null
  const expression = compile(pattern)
  if (expression === null) return null
  return [token, token.toUpperCase(), token.toLowerCase()].find((each) => expression.test(each)) ?? null
}

/** Whether a pattern is specific: one that any plain word matches is not. */
export function isSpecificPattern(pattern: string): boolean {
  return compile(pattern) !== null && PLAIN_WORDS.every((word) => matchPattern(word, pattern) === null)
}

/** The shape of a code: `A-1042` is `a-0000`. */
export function shapeOf(token: string): string {
  return token.replaceAll(/\p{L}/gu, 'a').replaceAll(/\p{N}/gu, '0')
}

/** Longer tokens are not tried: a careless pattern could take forever. */
const TOKEN_MAX = 48

const PLAIN_WORDS = ['is', 'hello', 'where']

function compile(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    return null
  }
}
