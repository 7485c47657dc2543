import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { HttpClient } from '../http/http-client.ts'
import { AnswerTooLarge, NO_ANSWER, parseMessage, parseMessages, substituteAnswer, TOO_LARGE } from './mcp-messages.ts'
import { withStructuredText } from './mcp-structured.ts'

/** The most bytes read of one answer, or of one event in a stream: as many as a server process may write in one line. */
const BODY_BYTES_MAX = 10 * 1_048_576

/** How long a stream may stay open after its answer, in ms. */
const LINGER_MS = 1_000

/** Statuses whose answers have no body. */
const WITHOUT_BODY = [101, 103, 204, 205, 304]

/**
 * `fetch` through an HTTP client, so that its rule on private addresses holds; redirects are passed on as they are. Cancelling a request ends
 * its connection: the library would hold that until the answer comes.
 */
export function createGuardedFetch(
  httpClient: HttpClient,
  allowPrivate: readonly string[],
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  /** Ends requests that have not been fully answered, by id. */
  const open = new Map<unknown, AbortController>()
  return async (url, init = {}) => {
    const { method = 'GET', body, signal } = init
    if (body !== undefined && body !== null && typeof body !== 'string') throw new Error('only text is sent')
    const { id, method: requestMethod, params } = typeof body === 'string' ? JSON.parse(body) : {}
    if (requestMethod === 'notifications/cancelled') open.get(params.requestId)?.abort()
    const headers = Object.fromEntries(new Headers(init.headers ?? {}))
    const controller = new AbortController()
    const abort = () => controller.abort()
    const forget = () => {
      signal?.removeEventListener('abort', abort)
      if (open.get(id) === controller) open.delete(id)
    }
    if (id !== undefined && requestMethod !== undefined) open.set(id, controller)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    const request = { method, url: String(url), headers, body: body ?? null }
    const answer = await httpClient
      .open(request, { allowPrivate, signal: controller.signal })
      .catch((error: unknown) => {
        forget()
        throw error
      })
    answer.once('close', forget)
    const { statusCode: status = 502 } = answer
    const responseHeaders = Object.entries(answer.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    )
    // No answer follows, and the library would wait for it.
    if (status === 202 && typeof requestMethod === 'string' && id !== undefined) {
      answer.resume()
      return Response.json(substituteAnswer({ id, method: requestMethod }, NO_ANSWER))
    }
    // An answer that is not read, or not to its end, is closed too.
    const hasBody = !WITHOUT_BODY.includes(status)
    if (!hasBody) answer.resume()
    const content = hasBody ? Readable.from(bodyOf(answer, body ?? null), { objectMode: false }) : null
    content?.once('close', () => answer.destroy())
    return new Response(content === null ? null : (Readable.toWeb(content) as ReadableStream), {
      status,
      headers: responseHeaders,
    })
  }
}

function bodyOf(answer: IncomingMessage, request: string | null): AsyncGenerator<Buffer> {
  const isEvents = /^\s*text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')
  return isEvents ? readEvents(answer, request) : readBody(answer)
}

/** The body of an answer, broken off if it is too large. */
async function* readBody(answer: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new AnswerTooLarge(BODY_BYTES_MAX)
    chunks.push(chunk)
  }
  yield Buffer.from(withStructuredText(Buffer.concat(chunks).toString()))
}

/**
 * A stream of events, possibly endless; passes on as many complete ones as have come. What the library would ignore, such as a batch or a
 * malformed answer, is replaced by messages it reads. If an event is too large, an error answers the request instead.
 */
async function* readEvents(answer: IncomingMessage, request: string | null): AsyncGenerator<Buffer> {
  const substitute = request === null ? null : substituteAnswer(JSON.parse(request), TOO_LARGE)
  let hasAnswered = false
  let pieces: readonly Buffer[] = []
  let bytes = 0
  let before = ''
  for await (const chunk of answer) {
    const text = before + chunk.toString('latin1')
    before = text.slice(-EVENT_END_BYTES_MAX)
    pieces = [...pieces, chunk]
    bytes += chunk.length
    if (EVENT_END.test(text)) {
      const eventTexts = Buffer.concat(pieces).toString('latin1').split(EVENT_END)
      const rest = Buffer.from(eventTexts.pop() ?? '', 'latin1')
      const read = eventTexts.map((event) => readEvent(event, substitute?.id))
      if (read.length > 0) yield Buffer.from(read.map(({ text }) => `${text}\n\n`).join(''), 'latin1')
      if (!hasAnswered && read.some(({ isAnswer }) => isAnswer)) {
        hasAnswered = true
        closeLater(answer)
      }
      pieces = [rest]
      bytes = rest.length
    }
    if (bytes <= BODY_BYTES_MAX) continue
    if (substitute === null) throw new AnswerTooLarge(BODY_BYTES_MAX)
    return yield Buffer.from(`data: ${JSON.stringify(substitute)}\n\n`)
  }
  yield* pieces
}

/** The server should end the stream after its answer; one that does not would hold a connection to it forever. */
function closeLater(answer: IncomingMessage): void {
  const timer = setTimeout(() => answer.destroy(), LINGER_MS).unref()
  answer.once('close', () => clearTimeout(timer))
}

/**
 * An event, in latin1, and whether it answers the request. A batch, or an answer that is malformed or has no id, is replaced by events the
 * library can read.
 */
function readEvent(event: string, requestId?: string | number): { readonly text: string; readonly isAnswer: boolean } {
  const lines = event.split(/\r\n|\n|\r/)
  const fields = (name: 'event' | 'data') =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ''))
  if ((fields('event').at(-1) || 'message') !== 'message') return { text: event, isAnswer: false }
  const written = Buffer.from(fields('data').join('\n'), 'latin1').toString()
  const data = withStructuredText(written)
  const whole = parseMessage(data)
  const messages = whole === null ? parseMessages(data, requestId) : [whole]
  const isAnswer = messages.some((message) => !('method' in message) && message.id === requestId)
  if (data === written && (whole !== null || messages.length === 0)) return { text: event, isAnswer }
  const texts = messages.map((message) => `data: ${Buffer.from(JSON.stringify(message)).toString('latin1')}`)
  return { text: texts.join('\n\n'), isAnswer }
}

/** An empty line, and how much of it may have come with the chunk before. */
const EVENT_END = /\n\r?\n|\r\r/
const EVENT_END_BYTES_MAX = 2
