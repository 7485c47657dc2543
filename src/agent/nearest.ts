import { distance } from 'fastest-levenshtein'

/** The words that are likely to be meant, best first; none where nothing is near. */
export function nearest(word: string, known: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(word.length / 3))
  const completions = known.filter((candidate) => isPrefix(word, candidate))
  const close = known
    .map((candidate) => ({ candidate, away: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    // A word of which no letter is left is another word.
    .filter(({ candidate, away }) => away <= limit && away < Math.max(word.length, candidate.length))
    .sort((one, other) => one.away - other.away)
    .map(({ candidate }) => candidate)
  return [...new Set([...close, ...completions])].slice(0, 3)
}

/** The fewest letters that count as the beginning of a word. */
const BEGINNING_LETTERS = 4

function isPrefix(short: string, long: string): boolean {
  return short.length >= BEGINNING_LETTERS && long.toLowerCase().startsWith(short.toLowerCase())
}

/** Letters in the wrong order are one typing error, not two. */
function editDistance(word: string, candidate: string): number {
  return isSameLetters(word, candidate) ? Math.min(1, distance(word, candidate)) : distance(word, candidate)
}

function isSameLetters(word: string, candidate: string): boolean {
  return word.length === candidate.length && [...word].sort().join('') === [...candidate].sort().join('')
}
