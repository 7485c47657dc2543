import { distance } from 'fastest-levenshtein'

/** The words that are likely to be meant, best first; none where nothing is near. */
export function nearest(word: string, known: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(word.length / 3))
  return known
    .map((candidate) => ({ candidate, away: awayFrom(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ away }) => away <= limit)
    .sort((one, other) => one.away - other.away)
    .map(({ candidate }) => candidate)
    .slice(0, 3)
}

/** Letters in the wrong order are one slip of the hand, not two. */
function awayFrom(word: string, candidate: string): number {
  return isSameLetters(word, candidate) ? Math.min(1, distance(word, candidate)) : distance(word, candidate)
}

function isSameLetters(word: string, candidate: string): boolean {
  return word.length === candidate.length && [...word].sort().join('') === [...candidate].sort().join('')
}
