/** Words of an author one after another: `"a", "b" and "c"`. */
export function joinQuoted(words: readonly string[]): string {
  return joinWords(words.map((word) => JSON.stringify(word)))
}

/** The same as they are: `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
