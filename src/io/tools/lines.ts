import type { Readable } from 'node:stream'

/** How long lines of one stream are processed before everything else gets its turn, in ms: sound is sent every 60. */
const TURN_MS = 5

/** The lines of a stream. */
interface Lines {
  /** Passes on at once what has come, even an incomplete last line. */
  finish(): void
}

/**
 * Passes on each line of a stream that is not blank as it comes, including a last one without a line break; a stream with many lines at
 * once gives way to others. A line that is too long is cut; with `onTooLong`, that is called once instead, and reading ends.
 */
export function readLines(
  stream: Readable,
  charactersMax: number,
  { onLine, onTooLong }: { readonly onLine: (line: string) => void; readonly onTooLong?: () => void },
): Lines {
  /** Text that is not processed yet (from `at` on); `begun` and `characters` are the pieces and the length of the current line. */
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
