import { breakRow, isWider } from '../../agent/columns.ts'

/** The agent's words that are not in a finished row yet. */
export interface Speech {
  readonly text: string
  /** Whether the current row is the first one since the agent's name was shown. */
  readonly isFirst: boolean
}

export interface SpokenRow {
  readonly text: string
  readonly isFirst: boolean
}

export const emptySpeech: Speech = { text: '', isFirst: true }

/** Adds words and splits off full rows; `widthOf` gives the width of a first row and of later ones. */
export function appendSpeech(
  speech: Speech,
  words: string,
  widthOf: (isFirst: boolean) => number,
): readonly [Speech, readonly SpokenRow[]] {
  const rows: SpokenRow[] = []
  let { isFirst } = speech
  let rest = (speech.text + words).replace(/^\s+/, '')
  for (;;) {
    const lineEnd = rest.indexOf('\n')
    const line = lineEnd === -1 ? rest : rest.slice(0, lineEnd)
    const isFull = isWider(line, widthOf(isFirst))
    if (!isFull && lineEnd === -1) return [{ text: rest, isFirst }, rows]
    const broken = isFull ? breakRow(line, widthOf(isFirst)) : { row: line, rest: '' }
    rows.push({ text: broken.row, isFirst })
    rest = `${broken.rest}${rest.slice(line.length)}`.replace(/^\s+/, '')
    isFirst = false
  }
}

/** Makes room for another line: finishes the whole words, and continues an unfinished word below it. */
export function splitAtWord(speech: Speech): readonly [Speech, readonly SpokenRow[]] {
  const space = speech.text.lastIndexOf(' ')
  const words = speech.text.slice(0, Math.max(0, space)).trimEnd()
  if (words === '') return [{ ...speech, isFirst: true }, []]
  return [{ text: speech.text.slice(space + 1), isFirst: true }, [{ text: words, isFirst: speech.isFirst }]]
}
