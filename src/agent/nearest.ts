import { distance } from 'fastest-levenshtein'

/** The words that are likely to be meant, best first; none where nothing is near. */
export function nearest(word: string, known: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(word.length / 3))
  return known
    .map((candidate) => ({ candidate, away: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ away }) => away <= limit)
    .sort((one, other) => one.away - other.away)
    .map(({ candidate }) => candidate)
    .slice(0, 3)
}
