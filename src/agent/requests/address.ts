/** An address without what it may carry for nobody to see: a password, a key in its query. References to variables stay. */
export function redactAddress(address: string): string {
  return address
    .replace(/\/\/[^/@?#]*@/, '//***@')
    .replaceAll(/([?&][^=&#]*(?:key|token|secret|password|signature|auth)[^=&#]*=)(?!\$\{env:)[^&#]+/gi, '$1***')
}

/** An address at which a socket may be opened, read; or null. */
export function socketAddress(address: string): URL | null {
  const url = URL.canParse(address) ? new URL(address) : null
  return url !== null && /^wss?:$/.test(url.protocol) && url.hash === '' ? url : null
}

/** The address of a socket that is meant by a text, such as that of a page; null where it is one already, or nobody knows. */
export function meantSocketAddress(address: string): string | null {
  const [sent = ''] = address.split('#')
  if (/^https?:\/\//i.test(sent)) return sent.replace(/^http/i, 'ws')
  if (/^[\w-]+(\.[\w-]+)+(\/\S*)?$/.test(sent)) return `wss://${sent}`
  return sent !== address && socketAddress(sent) !== null ? sent : null
}

/** Whether a host is this machine alone; an address of IPv6 with or without its brackets. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/.test(host)
}

/** Whether a segment of an address's path is one or two dots, which a parser of addresses takes for a step upward. */
export function hasDotSegment(address: string): boolean {
  const path = /^[a-z]+:\/\/[^/?]*([^?]*)/i.exec(address)?.[1] ?? ''
  return path.split(/[/\\]/).some((segment) => /^(\.|%2e){1,2}$/i.test(segment))
}
