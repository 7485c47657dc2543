import type { ClientEvent, ClientItem } from '../../src/realtime/client-event.ts'
import type { Item, Response, ServerEvent, ServiceError } from '../../src/realtime/server-event.ts'

interface ObservedCall {
  readonly callId: string
  readonly name: string
  readonly response: string
}

/** What is known of one connection: by what reached the conversation on it, and by what was sent. */
export class ConnectionObserver {
  /** Neither closed nor being closed. */
  readonly isOpen: boolean
  /** The service has confirmed the settings. */
  isConfirmed = false
  /** Ids of unanswered updates. */
  updates: string[] = []
  /** Ids of the requests whose responses have not begun. */
  pendingCreates: string[] = []
  /** Ids of the responses in progress. */
  responses: string[] = []
  items: ClientItem[] = []
  /** How many outputs each finished call was given. */
  outputs = new Map<string, number>()
  /** Every response seen. */
  private known = new Set<string>()
  /** Completely announced calls. */
  private calls: readonly ObservedCall[] = []
  /** Requests for a greeting, and the responses to them. */
  private greetings = new Set<string>()

  constructor(isOpen: boolean) {
    this.isOpen = isOpen
  }

  isGreeting(response: string): boolean {
    return this.greetings.has(response)
  }

  /** Whether a response of this connection has made this call. */
  hasCalled(callId: string): boolean {
    return this.calls.some((call) => call.callId === callId)
  }

  /** The calls of the response that made this one. */
  calledWith(callId: string): readonly string[] {
    const response = this.calls.find((call) => call.callId === callId)?.response
    return this.calls.filter((call) => call.response === response).map((call) => call.callId)
  }

  heard(event: ServerEvent): void {
    if (event.type === 'session.updated') this.isConfirmed = true
    if (event.type === 'error') this.requestRefused(event.error)
    if (!this.isConfirmed) return
    if (event.type === 'response.output_item.done') this.callAnnounced(event.item, event.response_id)
    if (event.type === 'response.done')
      for (const item of event.response.output) this.callAnnounced(item, event.response.id)
    if ('response' in event) this.responseBegun(event.response)
    else if ('response_id' in event && event.response_id !== null) this.responseBegun({ id: event.response_id })
    if (event.type === 'response.done') this.responses = this.responses.filter((id) => id !== event.response.id)
  }

  sent(event: ClientEvent): void {
    if (event.type === 'session.update') this.updates.push(event.event_id)
    if (event.type === 'response.create') this.pendingCreates.push(event.event_id)
    if (event.type === 'response.create' && /"(Hello|Ahoy)\."/.test(event.response.instructions ?? ''))
      this.greetings.add(event.event_id)
    if (event.type !== 'conversation.item.create') return
    this.items.push(event.item)
    if (event.item.type !== 'function_call_output') return
    this.outputs.set(event.item.call_id, (this.outputs.get(event.item.call_id) ?? 0) + 1)
  }

  /** The wait for the requested responses is over. */
  dropPendingCreates(): void {
    this.pendingCreates = []
  }

  /** The conversation counts a response as ended: from here on its calls must be answered. */
  ended(response: string): readonly ObservedCall[] {
    const calls = this.calls.filter((call) => call.response === response)
    for (const { callId } of calls) this.outputs.set(callId, this.outputs.get(callId) ?? 0)
    return calls
  }

  /** It counted as ended before it reported these calls. */
  endedLate({ status, output }: Response): void {
    for (const item of output) {
      if (item.type !== 'function_call' || item.call_id === undefined) continue
      const isWhole = item.status === 'completed' || (item.status !== 'incomplete' && status === 'completed')
      if (isWhole) this.outputs.set(item.call_id, this.outputs.get(item.call_id) ?? 0)
    }
  }

  /** The request it answers: by our metadata if the service returns it, otherwise the oldest pending one. */
  private responseBegun({ id, request }: Pick<Response, 'id' | 'request'>): void {
    const isNew = !this.known.has(id)
    this.known.add(id)
    if (isNew) this.responses.push(id)
    const answered = request ?? (isNew ? this.pendingCreates[0] : undefined)
    this.pendingCreates = this.pendingCreates.filter((each) => each !== answered)
    if (request !== undefined && this.greetings.has(request)) this.greetings.add(id)
  }

  private callAnnounced({ type, call_id: callId, name, status }: Item, response: string | null): void {
    if (type !== 'function_call' || callId === undefined || status === 'incomplete') return
    const others = this.calls.filter((call) => call.callId !== callId)
    this.calls = [...others, { callId, name: name ?? '', response: response ?? '' }]
  }

  private requestRefused({ code, event_id }: ServiceError): void {
    this.updates = this.updates.filter((each) => each !== event_id)
    this.pendingCreates = this.pendingCreates.filter((each) => each !== event_id)
    if (event_id === null && (code === 'conversation_already_has_active_response' || code === 'rate_limit_exceeded'))
      this.pendingCreates.shift()
  }
}
