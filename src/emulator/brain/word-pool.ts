import { isStopWord, type Word, words } from './words.ts'

/** The caller's words while arguments are taken from them: a word taken by one argument is not available to others. */
export interface Supply {
  readonly said: readonly Word[]
  readonly text: string
  /** Where the part begins that plain text may be taken from. */
  readonly restFrom: number
  isTaken(index: number): boolean
  take(from: number, count: number): void
}

/** The words of `text`; plain text is taken only from `rest`, its last part. */
export function createSupply(text: string, rest: string): Supply {
  const said = words(text)
  const taken = new Set<number>()
  return {
    said,
    text: rest,
    restFrom: said.length - words(rest).length,
    isTaken: (index) => taken.has(index),
    take(from, count) {
      for (let index = from; index < from + count; index += 1) taken.add(index)
    },
  }
}

/** Takes the first run of up to two free words for which `read` gives a value; neighbours are also tried joined. */
export function takeFirst<Value>(supply: Supply, read: (token: string) => Value | null | undefined): Value | undefined {
  const at = (index: number): string => supply.said[index]?.text ?? ''
  for (let index = 0; index < supply.said.length; index += 1) {
    if (supply.isTaken(index)) continue
    const single = read(at(index))
    if (single !== null && single !== undefined) {
      supply.take(index, 1)
      return single
    }
    if (index + 1 >= supply.said.length || supply.isTaken(index + 1) || !/\d/.test(at(index) + at(index + 1))) continue
    for (const joined of [`${at(index)}-${at(index + 1)}`, `${at(index)}${at(index + 1)}`]) {
      const pair = read(joined)
      if (pair === null || pair === undefined) continue
      supply.take(index, 2)
      return pair
    }
  }
  return undefined
}

/** The index of a run of free words, by stem, or -1. */
export function findRun(supply: Supply, stems: readonly string[]): number {
  if (stems.length === 0) return -1
  return supply.said.findIndex((_, start) =>
    stems.every((stem, offset) => supply.said[start + offset]?.stem === stem && !supply.isTaken(start + offset)),
  )
}

/** Free words from an index on, up to a pause or a small word. */
export function runFrom(supply: Supply, from: number): string | undefined {
  let to = from
  while (to < supply.said.length) {
    const word = supply.said[to]
    if (word === undefined || supply.isTaken(to) || isStopWord(word) || CUE_WORDS.test(word.lower)) break
    to += 1
    if (word.endsClause) break
  }
  return takeRun(supply, from, to)
}

/** Takes the words from one index up to another, as spoken; undefined if there are none. */
export function takeRun(supply: Supply, from: number, to: number): string | undefined {
  if (to === from) return undefined
  supply.take(from, to - from)
  const taken = supply.said.slice(from, to)
  return taken.map(({ text }) => text).join(' ')
}

const CUE_WORDS = /^(?:saying|says|until|because|about|called|named|with|to|from|at|by|under)$/
