import { tlsErrorMessage } from '../tls-error.ts'

/** Why there is no usable answer; the message is for the operator. */
export class NoAnswer extends Error {
  readonly reason: 'private' | 'redirected' | 'too large' | 'encoded' | 'unreachable' | 'refused'

  constructor(reason: NoAnswer['reason'], text: string) {
    super(text)
    this.reason = reason
  }
}

/** What a failed connection means: one refused by TLS keeps failing until somebody fixes it. */
export function connectionFailure(error: Error & { readonly code?: string }, { host }: URL): NoAnswer {
  const tlsMessage = tlsErrorMessage(error, host, 'http://')
  return tlsMessage === null ? new NoAnswer('unreachable', errorText(error)) : new NoAnswer('refused', tlsMessage)
}

/** For a host with several addresses, the error lists one failure for each and has no message of its own. */
function errorText(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(String).join(', ') : String(error)
}
