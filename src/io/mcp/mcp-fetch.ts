import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Exchanger } from '../http/http-exchange.ts'
import { AnswerTooLarge, answerInstead, TOO_LARGE } from './mcp-no-answer.ts'

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
    // An answer that nobody reads, or not to its end, is left as well; its error has its say where it is read.
    answer.on('error', () => {})
    const hasBody = !WITHOUT_BODY.includes(status)
    if (!hasBody) answer.resume()
    const content = hasBody ? Readable.from(limited(answer, body ?? null), { objectMode: false }) : null
    content?.once('close', () => answer.destroy())
    return new Response(content === null ? null : (Readable.toWeb(content) as ReadableStream), {
      status,
      headers: given,
    })
  }
}

/**
 * The body of an answer, which breaks off where it is too large. A stream of events may go on for ever; where one event is too large, the request
 * that it was to answer is answered in its stead.
 */
async function* limited(answer: IncomingMessage, request: string | null): AsyncGenerator<Buffer> {
  const isEvents = /^\s*text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')
  const instead = isEvents && request !== null ? answerInstead(JSON.parse(request), TOO_LARGE) : null
  let bytes = 0
  let before = ''
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const text = before + chunk.toString('latin1')
    bytes = isEvents && EVENT_END.test(text) ? 0 : bytes + chunk.length
    before = text.slice(-EVENT_END_BYTES_MAX)
    if (bytes <= BODY_BYTES_MAX) yield chunk
    else if (instead === null) throw new AnswerTooLarge(BODY_BYTES_MAX)
    else return yield Buffer.from(`\nevent: cut off\n\ndata: ${JSON.stringify(instead)}\n\n`)
  }
}

/** An empty line, and what of it may have come with the piece before. */
const EVENT_END = /\n\r?\n|\r\r/
const EVENT_END_BYTES_MAX = 2
