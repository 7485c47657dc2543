import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../../agent/requests/address.ts'

/** Why a request is refused. */
export interface Rejection {
  readonly status: number
  readonly message: string
}

/**
 * Checks the names a request uses. A page of another site can reach this machine under that site's name (DNS rebinding: `Host` is foreign)
 * or open a WebSocket across sites (`Origin` is foreign); both are refused. Programs send no `Origin`, browsers always do. With a token,
 * any name will do, since such a page does not know the token, and a proxy in front has its own name.
 */
export function createGuard(token: string | null): (headers: IncomingHttpHeaders) => Rejection | null {
  return ({ host: hostHeader = '', origin }) => {
    const hostname = hostnameOf(hostHeader)
    if (hostname === null || (token === null && !isLoopback(hostname)))
      return {
        status: 421,
        message: `this server is not called ${JSON.stringify(hostHeader.slice(0, 100))}${TOKEN_HINT}`,
      }
    if (token === null && origin !== undefined && hostOf(origin) !== hostHeader.toLowerCase())
      return { status: 403, message: `pages of other sites may not connect${TOKEN_HINT}` }
    return null
  }
}

/** For whoever has put a proxy in front. */
const TOKEN_HINT = '; behind a proxy, start it with a token (RUNNER_TOKEN)'

/** The name in a `Host` header, without port and brackets. */
function hostnameOf(host: string): string | null {
  return /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(host)?.slice(1).find(Boolean)?.toLowerCase() ?? null
}

function hostOf(origin: string): string | null {
  if (!URL.canParse(origin)) return null
  const { protocol, host } = new URL(origin)
  return protocol === 'http:' || protocol === 'https:' ? host : null
}

/** Compares in constant time, so as not to reveal where the two differ. */
export function isSameSecret(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
