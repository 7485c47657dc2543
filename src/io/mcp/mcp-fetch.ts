import type { IncomingMessage } from 'node:http'
import { pipeline, Readable, Transform } from 'node:stream'
import type { Exchanger } from '../http/http-exchange.ts'

/** Most of one answer, or of one event in a stream of them, that is read, in bytes: what a server that is a process may write in a line. */
const BODY_BYTES_MAX = 10 * 1_048_576

/** Statuses whose answers have no body. */
const WITHOUT_BODY = [101, 103, 204, 205, 304]

/** `fetch` by way of an exchanger, so that its rule on private addresses holds; redirects are handed back as they are. */
export function createGuardedFetch(
  exchanger: Exchanger,
  allowPrivate: readonly string[],
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init = {}) => {
    const { method = 'GET', body, signal } = init
    if (body !== undefined && body !== null && typeof body !== 'string') throw new Error('only text is sent')
    const headers = Object.fromEntries(new Headers(init.headers ?? {}))
    const answer = await exchanger.open(
      { method, url: String(url), headers, body: body ?? null },
      { allowPrivate, signal: signal ?? new AbortController().signal },
    )
    const { statusCode: status = 502 } = answer
    const given = Object.entries(answer.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    )
    const hasBody = !WITHOUT_BODY.includes(status)
    if (!hasBody) answer.resume()
    return new Response(hasBody ? (Readable.toWeb(limited(answer)) as ReadableStream) : null, {
      status,
      headers: given,
    })
  }
}

/** The body of an answer, which breaks off where it is too large. A stream of events may go on for ever. */
function limited(answer: IncomingMessage): Readable {
  const isEvents = /^\s*text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')
  let bytes = 0
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const endsEvent = isEvents && /\n\r?\n|\r\r/.test(chunk.toString('latin1'))
      bytes = endsEvent ? 0 : bytes + chunk.length
      if (bytes > BODY_BYTES_MAX) done(new Error(`its answer has more than ${BODY_BYTES_MAX} bytes`))
      else done(null, chunk)
    },
  })
  return pipeline(answer, body, () => {})
}
