import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'

/** Why a request is turned away. */
export interface Turned {
  readonly status: number
  readonly message: string
}

/** True where only this machine can connect. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/**
 * Looks at the names a request uses. A page of another site reaches this machine under that site's name (DNS rebinding: `Host` is
 * foreign) or opens a WebSocket across sites (`Origin` is foreign); both are turned away. Programs send no `Origin`, browsers always do.
 */
export function createGuard(host: string): (headers: IncomingHttpHeaders) => Turned | null {
  const own = hostname().toLowerCase()
  const names = isLoopback(host)
    ? (name: string) => isLoopback(name)
    : (name: string) => isIP(name) !== 0 || ['localhost', host.toLowerCase(), own, `${own}.local`].includes(name)
  return ({ host: given = '', origin }) => {
    const name = nameOf(given)
    if (name === null || !names(name))
      return { status: 421, message: `this server is not called ${JSON.stringify(given.slice(0, 100))}` }
    if (origin !== undefined && hostOf(origin) !== given.toLowerCase())
      return { status: 403, message: 'pages of other sites may not connect' }
    return null
  }
}

/** The name in a `Host` header, without port and brackets. */
function nameOf(host: string): string | null {
  return /^(?:\[([0-9a-f:.]+)\]|([^:/@\s]+))(?::\d{1,5})?$/i.exec(host)?.slice(1).find(Boolean)?.toLowerCase() ?? null
}

function hostOf(origin: string): string | null {
  if (!URL.canParse(origin)) return null
  const { protocol, host } = new URL(origin)
  return protocol === 'http:' || protocol === 'https:' ? host : null
}
