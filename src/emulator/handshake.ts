import type { IncomingHttpHeaders } from 'node:http'

/** The path the emulator listens on, as the service does. */
export const SESSION_PATH = '/api/v1/realtime/session'

/** An HTTP answer in place of an upgrade. */
export interface Refusal {
  readonly status: number
  readonly body: unknown
  readonly retryAfterS?: number
}

/** Why an upgrade is refused, or null. Foreign clients (`acceptAnyModel`) know neither our path nor `key` and `protocol`. */
export function refuseHandshake(
  request: { readonly url?: string | undefined; readonly headers: IncomingHttpHeaders },
  acceptAnyModel: boolean,
): Refusal | null {
  // Not parsed as a URL: a path that begins with two slashes would name a host, or be invalid.
  const [path, query] = (request.url ?? '').split('?', 2)
  if (!isAuthorized(request.headers)) {
    return refusal(
      401,
      16,
      'no credential: send "Authorization: Basic <key>" or "Bearer <token>" (any key will do for a rehearsal)',
    )
  }
  if (acceptAnyModel) return null
  if (path !== SESSION_PATH) return refusal(404, 5, `nothing at ${path}: sessions are opened at ${SESSION_PATH}`)
  const searchParams = new URLSearchParams(query)
  if (!searchParams.get('key')) return refusal(400, 3, 'the query parameter "key" is missing')
  if (searchParams.get('protocol') !== 'realtime')
    return refusal(400, 3, 'the query parameter "protocol" must be "realtime"')
  return null
}

/** The subprotocol to answer with, among those offered (browsers put the credential there). */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  return offered.has('realtime') ? 'realtime' : ([...offered][0] ?? false)
}

/** A body like those of the service's REST errors; `code` is a gRPC number. */
export function refusal(status: number, code: number, message: string): Refusal {
  return { status, body: { code, message, details: [] } }
}

function isAuthorized(headers: IncomingHttpHeaders): boolean {
  if (/^(basic|bearer)\s+\S/i.test(headers.authorization ?? '')) return true
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  return offered.some((name) => /^(basic_|bearer_|openai-insecure-api-key\.)./.test(name))
}
