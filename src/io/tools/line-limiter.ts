/** The most lines of one process logged in a minute, and of characters in a line. */
const LINES_MAX = 200
const CHARACTERS_MAX = 1_000
const MINUTE_MS = 60_000

/** Passes on lines to a log, shortened and up to a limit per minute; reports once that there are more. */
export function createLineLimiter(
  log: (message: string, line: string) => void,
): (message: string, line: string) => void {
  let since = Number.NEGATIVE_INFINITY
  let count = 0
  return (message, line) => {
    if (performance.now() - since > MINUTE_MS) {
      since = performance.now()
      count = 0
    }
    count += 1
    if (count <= LINES_MAX) log(message, line.slice(0, CHARACTERS_MAX))
    if (count === LINES_MAX + 1) log(message, 'and more in this minute, which is not logged')
  }
}
