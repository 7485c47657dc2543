import type { Readable } from 'node:stream'

/**
 * Hands over each line of a stream as it comes, also a last one without its line break. A line that is longer than may be is told once, and
 * nothing is read after it.
 */
export function readMessageLines(
  stream: Readable,
  charactersMax: number,
  { onLine, onTooLong }: { readonly onLine: (line: string) => void; readonly onTooLong: () => void },
): void {
  let pending: string[] = []
  let characters = 0
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const pieces = text.split('\n')
    const rest = pieces.pop() ?? ''
    for (const piece of pieces) endLine(piece)
    if (rest === '') return
    pending.push(rest)
    characters += rest.length
    if (characters <= charactersMax) return
    pending = []
    stream.destroy()
    onTooLong()
  })
  stream.once('end', () => endLine(''))

  function endLine(piece: string): void {
    const line = pending.length === 0 ? piece : pending.join('') + piece
    pending = []
    characters = 0
    if (line.trim() !== '') onLine(line)
  }
}
