/** A message as far as it matters here: a request has both, an answer an id alone, and what asks for no answer a method alone. */
interface Message {
  readonly id?: string | number | undefined
  readonly method?: string
  readonly params?: { readonly [key: string]: unknown } | undefined
}

/** What a server was told and has not answered, the oldest first: it answers in order, unless it says to what. */
export type Unanswered = readonly Message[]

/** What is unanswered once a message was sent. Nobody waits for a call that was cancelled. */
export function afterSending(before: Unanswered, message: Message): Unanswered {
  if (message.method === undefined) return before
  const cancelled = message.method === 'notifications/cancelled' ? message.params?.requestId : undefined
  return [...before.filter(({ id }) => id === undefined || id !== cancelled), message]
}

/** What is unanswered once a message has come: behind an answer, nothing more comes of what asked for none and was sent before. */
export function afterHearing(before: Unanswered, { id, method }: Message): Unanswered {
  const at = method === undefined ? before.findIndex((other) => other.id === id) : -1
  return before.filter((other, index) => index !== at && (index > at || other.id !== undefined))
}

/** The id of the call that an error without one can only be the answer to; undefined where it may be about something else. */
export function onlyCall(unanswered: Unanswered): Message['id'] {
  const [only, ...others] = unanswered
  return others.length === 0 && only?.method === 'tools/call' ? only.id : undefined
}
