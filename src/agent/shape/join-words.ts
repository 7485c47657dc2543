/** Words of the author as a list: `"a", "b" and "c"`. */
export function joinQuoted(words: readonly string[]): string {
  return joinWords(words.map((word) => JSON.stringify(word)))
}

/** The same without quotes: `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
