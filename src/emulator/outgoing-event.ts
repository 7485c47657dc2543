/** A server event; its `event_id` is added when it is sent. */
export interface OutgoingEvent {
  readonly type: string
  readonly [key: string]: unknown
}
