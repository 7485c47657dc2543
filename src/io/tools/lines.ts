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
 * once gives way to others. A line that is too long is cut; with `onTooLong`, that is called once instead, with as much of it, and reading
 * ends.
 */
export function readLines(
  stream: Readable,
  charactersMax: number,
  { onLine, onTooLong }: { readonly onLine: (line: string) => void; readonly onTooLong?: (beginning: string) => void },
): Lines {
  /** Text that is not processed yet (from `at` on); `pieces` and `characters` are the pieces and the length of the current line. */
  let text = ''
  let at = 0
  let pieces: string[] = []
  let characters = 0
  stream.setEncoding('utf8')
  stream.on('data', (more: string) => {
    text += more
    passOn(TURN_MS)
  })
  stream.once('end', finish)
  return { finish }

  function passOn(ms: number): void {
    const since = performance.now()
    for (let end = text.indexOf('\n', at); end !== -1; end = text.indexOf('\n', at)) {
      const piece = text.slice(at, end)
      at = end + 1
      endLine(piece)
      if (performance.now() - since > ms) return passOnLater()
    }
    add(text.slice(at))
    text = ''
    at = 0
    if (stream.isPaused()) stream.resume()
  }

  function passOnLater(): void {
    stream.pause()
    setImmediate(() => passOn(TURN_MS))
  }

  function add(piece: string): void {
    const charactersLeft = charactersMax - characters
    const isTooLong = piece.length > charactersLeft
    if (charactersLeft > 0) pieces.push(piece.slice(0, charactersLeft))
    characters += piece.length
    if (isTooLong && onTooLong !== undefined) endTooLong(onTooLong)
  }

  function endLine(piece: string): void {
    add(piece)
    const line = pieces.join('')
    pieces = []
    characters = 0
    if (line.trim() !== '') onLine(line)
  }

  function endTooLong(report: (beginning: string) => void): void {
    const beginning = pieces.join('')
    text = ''
    pieces = []
    characters = 0
    stream.destroy()
    report(beginning)
  }

  function finish(): void {
    passOn(Number.POSITIVE_INFINITY)
    endLine('')
  }
}
