import type { Readable } from 'node:stream'

/** How long lines of one stream are handed over before everything else has its turn, in ms: sound goes out every 60. */
const TURN_MS = 5

/** The lines of a stream. */
interface Lines {
  /** Hands over at once what has come, also a line without its line break. */
  finish(): void
}

/**
 * Hands over each line of a stream as it comes, also a last one without its line break; a stream that has many at once waits for its turn. Of a
 * line that is longer than may be the beginning is handed over, or `onTooLong` is told once instead, and nothing is read after it.
 */
export function readLines(
  stream: Readable,
  charactersMax: number,
  { onLine, onTooLong }: { readonly onLine: (line: string) => void; readonly onTooLong?: () => void },
): Lines {
  /** What has come and has not been handed over; then the pieces of the line that has begun, and how long it is. */
  let text = ''
  let at = 0
  let begun: string[] = []
  let characters = 0
  stream.setEncoding('utf8')
  stream.on('data', (more: string) => {
    text += more
    handOver(TURN_MS)
  })
  stream.once('end', finish)
  return { finish }

  function handOver(ms: number): void {
    const since = performance.now()
    for (let end = text.indexOf('\n', at); end !== -1; end = text.indexOf('\n', at)) {
      const piece = text.slice(at, end)
      at = end + 1
      endLine(piece)
      if (performance.now() - since > ms) return goOnLater()
    }
    add(text.slice(at))
    text = ''
    at = 0
    if (stream.isPaused()) stream.resume()
  }

  function goOnLater(): void {
    stream.pause()
    setImmediate(() => handOver(TURN_MS))
  }

  function add(piece: string): void {
    const room = charactersMax - characters
    if (piece.length > room && onTooLong !== undefined) return giveUp(onTooLong)
    if (room > 0) begun.push(piece.slice(0, room))
    characters += piece.length
  }

  function endLine(piece: string): void {
    add(piece)
    const line = begun.join('')
    begun = []
    characters = 0
    if (line.trim() !== '') onLine(line)
  }

  function giveUp(tell: () => void): void {
    text = ''
    begun = []
    characters = 0
    stream.destroy()
    tell()
  }

  function finish(): void {
    handOver(Number.POSITIVE_INFINITY)
    endLine('')
  }
}
