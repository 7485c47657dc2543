/**
 * The lines of a byte stream. A line longer than `bytesMax` is cut a little beyond that, so that it is never held whole and the reader can
 * still refuse it. A line may end in CR LF; a byte order mark at the beginning is dropped. A stream that is not open for reading, as
 * `nohup` leaves standard input, has none.
 */
export async function* splitLines(
  source: AsyncIterable<Uint8Array | string>,
  bytesMax: number,
): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let heldBytes = 0
  try {
    for await (const chunk of source) {
      let rest: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      for (let end = rest.indexOf(LINE_FEED); end !== -1; end = rest.indexOf(LINE_FEED)) {
        append(rest.subarray(0, end))
        yield takeLine()
        rest = rest.subarray(end + 1)
      }
      append(rest)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBADF') throw error
  }
  if (heldBytes > 0) yield takeLine()

  function append(bytes: Uint8Array): void {
    const accepted = bytes.slice(0, Math.max(0, bytesMax + SLACK_BYTES - heldBytes))
    if (accepted.byteLength === 0) return
    parts.push(accepted)
    heldBytes += accepted.byteLength
  }

  function takeLine(): string {
    const line = new TextDecoder().decode(Buffer.concat(parts))
    parts = []
    heldBytes = 0
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }
}

const LINE_FEED = 0x0a
/** A byte order mark, a carriage return and at least one byte: the first two are taken off, and the line must still be too long. */
const SLACK_BYTES = 5
