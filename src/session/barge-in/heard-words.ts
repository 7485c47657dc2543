/** A position in the words of an item, and in its sound when they came, in ms. */
export interface WordMark {
  readonly characters: number
  readonly ms: number
}

/** Marks per item; when there are more, every second one goes. */
const MARKS_MAX = 64

/** Adds a mark. Words that come at the same position of the sound belong to the stretch that begins there. */
export function addMark(marks: readonly WordMark[], mark: WordMark): readonly WordMark[] {
  if (marks.at(-1)?.ms === mark.ms) return marks
  const kept = marks.length < MARKS_MAX ? marks : marks.filter((_, index) => index % 2 === 0)
  return [...kept, mark]
}

/**
 * The words heard of an item whose sound was cut at `ms` of `receivedMs`: an estimate, since the service does not say when it speaks which
 * word. Each stretch of words is spread evenly over the sound until the next; a word only begun does not count.
 */
export function estimateHeardWords(
  { text, marks }: { readonly text: string; readonly marks: readonly WordMark[] },
  { ms, receivedMs }: { readonly ms: number; readonly receivedMs: number },
): string {
  if (ms <= 0) return ''
  if (ms >= receivedMs) return text
  const points = [...marks, { characters: text.length, ms: receivedMs }]
  const index = points.findIndex((point) => point.ms > ms)
  const next = points[index]
  const before = points[index - 1] ?? { characters: 0, ms: 0 }
  if (next === undefined) return text
  const share = (ms - before.ms) / (next.ms - before.ms)
  const characters = Math.floor(before.characters + share * (next.characters - before.characters))
  return wholeWords(text, characters)
}

function wholeWords(text: string, characters: number): string {
  if (characters >= text.length) return text
  const isBetween = /\s/.test(text[characters] ?? ' ')
  return isBetween ? text.slice(0, characters).trimEnd() : text.slice(0, characters).replace(/\s*\S*$/, '')
}
