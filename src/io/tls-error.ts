/**
 * Why TLS with a host failed, for the operator; null if a connection failed otherwise. `plain` is the scheme of an address without
 * TLS.
 */
export function tlsErrorMessage(
  { code = '', message }: Error & { readonly code?: string },
  host: string,
  plain: 'http://' | 'ws://',
): string | null {
  if (/^EPROTO$|^ERR_SSL/.test(code)) {
    const reason = /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message
    return `TLS with ${host} failed (${reason}); if it has none, ${plain} is meant`
  }
  if (!/CERT|SIGNATURE|TLS/.test(code)) return null
  const remedy = UNKNOWN_ISSUER.includes(code) ? `; ${OWN_AUTHORITY}` : ''
  return `the certificate of ${host}: ${message.split('; ')[0]}${remedy}`
}

/** Codes for certificates whose issuer this machine does not know. */
const UNKNOWN_ISSUER = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]
const OWN_AUTHORITY = 'where that is meant, start the runner with NODE_EXTRA_CA_CERTS=<the file of who has signed it>'
