/** Why there is no answer that can be used; `text` is for the operator. */
export class NoAnswer extends Error {
  readonly reason: 'private' | 'redirected' | 'too large' | 'encoded' | 'unreachable' | 'refused'

  constructor(reason: NoAnswer['reason'], text: string) {
    super(text)
    this.reason = reason
  }
}

/** What stands for a connection that failed: one that is refused fails until somebody mends it. */
export function failedConnection(error: Error & { readonly code?: string }, { host }: URL): NoAnswer {
  const { code = '', message } = error
  if (/^EPROTO$|^ERR_SSL/.test(code)) {
    const reason = /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message
    return new NoAnswer('refused', `TLS with ${host} failed (${reason}); if it has none, http:// is meant`)
  }
  if (!/CERT|SIGNATURE|TLS/.test(code)) return new NoAnswer('unreachable', wordsOf(error))
  const remedy = UNKNOWN_ISSUER.includes(code) ? `; ${OWN_AUTHORITY}` : ''
  return new NoAnswer('refused', `the certificate of ${host}: ${message.split('; ')[0]}${remedy}`)
}

/** Codes of certificates that somebody has signed whom this machine does not know. */
const UNKNOWN_ISSUER = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]
const OWN_AUTHORITY = 'where that is meant, start the runner with NODE_EXTRA_CA_CERTS=<the file of who has signed it>'

/** Of a host with several addresses each has failed, and the error of them all has no words. */
function wordsOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(String).join(', ') : String(error)
}
