import { isStopWord, type Word, words } from './words.ts'

/** The caller's words while arguments are taken from them: a word taken by one argument is not available to others. */
export interface WordPool {
  readonly words: readonly Word[]
  readonly text: string
  /** Where the part begins that plain text may be taken from. */
  readonly restFrom: number
  isTaken(index: number): boolean
  take(from: number, count: number): void
}

/** The words of `text`; plain text is taken only from `rest`, its last part. */
export function createWordPool(text: string, rest: string): WordPool {
  const spoken = words(text)
  const taken = new Set<number>()
  return {
    words: spoken,
    text: rest,
    restFrom: spoken.length - words(rest).length,
    isTaken: (index) => taken.has(index),
    take(from, count) {
      for (let index = from; index < from + count; index += 1) taken.add(index)
    },
  }
}

/** Takes the first run of up to two free words for which `parse` gives a value; adjacent words are also tried joined. */
export function takeFirst<Value>(
  pool: WordPool,
  parse: (token: string) => Value | null | undefined,
): Value | undefined {
  const textAt = (index: number): string => pool.words[index]?.text ?? ''
  for (let index = 0; index < pool.words.length; index += 1) {
    if (pool.isTaken(index)) continue
    const single = parse(textAt(index))
    if (single !== null && single !== undefined) {
      pool.take(index, 1)
      return single
    }
    if (index + 1 >= pool.words.length || pool.isTaken(index + 1) || !/\d/.test(textAt(index) + textAt(index + 1)))
      continue
    for (const joined of [`${textAt(index)}-${textAt(index + 1)}`, `${textAt(index)}${textAt(index + 1)}`]) {
      const pair = parse(joined)
      if (pair === null || pair === undefined) continue
      pool.take(index, 2)
      return pair
    }
  }
  return undefined
}

/** The index of a run of free words, by stem, or -1. */
export function findRun(pool: WordPool, stems: readonly string[]): number {
  if (stems.length === 0) return -1
  return pool.words.findIndex((_, start) =>
    stems.every((stem, offset) => pool.words[start + offset]?.stem === stem && !pool.isTaken(start + offset)),
  )
}

/** Free words from an index on, up to a pause or a small word. */
export function runFrom(pool: WordPool, from: number): string | undefined {
  let to = from
  while (to < pool.words.length) {
    const word = pool.words[to]
    if (word === undefined || pool.isTaken(to) || isStopWord(word) || CUE_WORDS.test(word.lower)) break
    to += 1
    if (word.endsClause) break
  }
  return takeRun(pool, from, to)
}

/** Takes the words from one index up to another, as spoken; undefined if there are none. */
export function takeRun(pool: WordPool, from: number, to: number): string | undefined {
  if (to === from) return undefined
  pool.take(from, to - from)
  const taken = pool.words.slice(from, to)
  return taken.map(({ text }) => text).join(' ')
}

const CUE_WORDS = /^(?:saying|says|until|because|about|called|named|with|to|from|at|by|under)$/
