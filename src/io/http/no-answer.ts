import { tlsWords } from '../tls-words.ts'

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
  const words = tlsWords(error, host, 'http://')
  return words === null ? new NoAnswer('unreachable', wordsOf(error)) : new NoAnswer('refused', words)
}

/** Of a host with several addresses each has failed, and the error of them all has no words. */
function wordsOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(String).join(', ') : String(error)
}
