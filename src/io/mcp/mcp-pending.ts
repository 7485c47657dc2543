/** The relevant parts of a message: a request has an id and a method, an answer only an id, a notification only a method. */
interface Message {
  readonly id?: string | number | undefined
  readonly method?: string
  readonly params?: { readonly [key: string]: unknown } | undefined
}

/** Messages a server has not answered, oldest first: it answers in order, unless it names the request. */
export type PendingMessages = readonly Message[]

/** The unanswered messages after sending one. A cancelled call needs no answer any more. */
export function withSent(before: PendingMessages, message: Message): PendingMessages {
  if (message.method === undefined) return before
  const cancelled = message.method === 'notifications/cancelled' ? message.params?.requestId : undefined
  return [...before.filter(({ id }) => id === undefined || id !== cancelled), message]
}

/** The unanswered messages after receiving one: after an answer, notifications sent before its request count as handled. */
export function withReceived(before: PendingMessages, { id, method }: Message): PendingMessages {
  const at = method === undefined ? before.findIndex((other) => other.id === id) : -1
  return before.filter((other, index) => index !== at && (index > at || other.id !== undefined))
}

/** The id of the call that an error without one must belong to; undefined if it may concern something else. */
export function onlyPendingCall(pending: PendingMessages): Message['id'] {
  const [only, ...others] = pending
  return others.length === 0 && only?.method === 'tools/call' ? only.id : undefined
}
