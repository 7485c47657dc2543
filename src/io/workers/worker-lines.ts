import type { Readable } from 'node:stream'

/** Longest line that a worker may write, in characters: 1 MiB of output, most of it escaped. */
const LINE_CHARACTERS_MAX = 4 * 1_048_576

/** Hands over each line of a stream as it comes. A line without end is told once, and nothing is read after it. */
export function readWorkerLines(
  stream: Readable,
  { onLine, onTooLong }: { readonly onLine: (line: string) => void; readonly onTooLong: () => void },
): void {
  let pending: string[] = []
  let characters = 0
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const pieces = text.split('\n')
    const rest = pieces.pop() ?? ''
    for (const piece of pieces) {
      const line = pending.length === 0 ? piece : pending.join('') + piece
      pending = []
      characters = 0
      if (line.trim() !== '') onLine(line)
    }
    if (rest === '') return
    pending.push(rest)
    characters += rest.length
    if (characters <= LINE_CHARACTERS_MAX) return
    pending = []
    stream.destroy()
    onTooLong()
  })
}
