/**
 * The lines of a byte stream. A line longer than `bytesMax` is cut a little beyond that, so that it is never held whole and the reader can
 * still refuse it. A line may end in CR LF; a byte order mark at the beginning is dropped.
 */
export async function* splitLines(
  source: AsyncIterable<Uint8Array | string>,
  bytesMax: number,
): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let held = 0
  for await (const chunk of source) {
    let rest: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    for (let end = rest.indexOf(LINE_FEED); end !== -1; end = rest.indexOf(LINE_FEED)) {
      hold(rest.subarray(0, end))
      yield take()
      rest = rest.subarray(end + 1)
    }
    hold(rest)
  }
  if (held > 0) yield take()

  function hold(bytes: Uint8Array): void {
    const kept = bytes.slice(0, Math.max(0, bytesMax + BEYOND_BYTES - held))
    if (kept.byteLength === 0) return
    parts.push(kept)
    held += kept.byteLength
  }

  function take(): string {
    const line = new TextDecoder().decode(Buffer.concat(parts))
    parts = []
    held = 0
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }
}

const LINE_FEED = 0x0a
/** A byte order mark, a carriage return and at least one byte: the first two are taken off, and the line must still be too long. */
const BEYOND_BYTES = 5
