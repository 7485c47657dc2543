import { Readable } from 'node:stream'
import type { Exchanger } from '../http/http-exchange.ts'

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
    return new Response(hasBody ? (Readable.toWeb(answer) as ReadableStream) : null, { status, headers: given })
  }
}
