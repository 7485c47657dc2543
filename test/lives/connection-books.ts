import type { ClientEvent, ClientItem } from '../../src/realtime/client-event.ts'
import type { Item, Response, ServerEvent, ServiceError } from '../../src/realtime/server-event.ts'

interface Called {
  readonly callId: string
  readonly name: string
  readonly response: string
}

/** What is known of one connection: by what has reached the conversation on it, and by what it was told to send. */
export class ConnectionBooks {
  /** Neither gone nor told to close. */
  readonly isOpen: boolean
  /** The service has confirmed the settings. */
  isConfirmed = false
  /** Updates without an answer, by their ids. */
  updates: string[] = []
  /** Answers that were asked for and have not begun, by the ids of the requests. */
  creates: string[] = []
  /** Responses that have begun and are not over. */
  responses: string[] = []
  items: ClientItem[] = []
  /** Outputs that each finished call was given. */
  outputs = new Map<string, number>()
  /** Every response of which anything was heard. */
  private known = new Set<string>()
  /** Calls that were announced whole. */
  private calls: readonly Called[] = []
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
    if (event.type === 'error') this.refused(event.error)
    if (!this.isConfirmed) return
    if (event.type === 'response.output_item.done') this.announced(event.item, event.response_id)
    if (event.type === 'response.done')
      for (const item of event.response.output) this.announced(item, event.response.id)
    if ('response' in event) this.begun(event.response)
    else if ('response_id' in event && event.response_id !== null) this.begun({ id: event.response_id })
    if (event.type === 'response.done') this.responses = this.responses.filter((id) => id !== event.response.id)
  }

  sent(event: ClientEvent): void {
    if (event.type === 'session.update') this.updates.push(event.event_id)
    if (event.type === 'response.create') this.creates.push(event.event_id)
    if (event.type === 'response.create' && /"(Hello|Ahoy)\."/.test(event.response.instructions ?? ''))
      this.greetings.add(event.event_id)
    if (event.type !== 'conversation.item.create') return
    this.items.push(event.item)
    if (event.item.type !== 'function_call_output') return
    this.outputs.set(event.item.call_id, (this.outputs.get(event.item.call_id) ?? 0) + 1)
  }

  /** What is asked for and stays away for so long is asked for no longer. */
  gaveUp(): void {
    this.creates = []
  }

  /** The conversation takes a response for over: from here on its calls are owed an answer. */
  ended(response: string): readonly Called[] {
    const calls = this.calls.filter((call) => call.response === response)
    for (const { callId } of calls) this.outputs.set(callId, this.outputs.get(callId) ?? 0)
    return calls
  }

  /** It was taken for over before it told of these calls. */
  endedLate({ status, output }: Response): void {
    for (const item of output) {
      if (item.type !== 'function_call' || item.call_id === undefined) continue
      const isWhole = item.status === 'completed' || (item.status !== 'incomplete' && status === 'completed')
      if (isWhole) this.outputs.set(item.call_id, this.outputs.get(item.call_id) ?? 0)
    }
  }

  /** Which request it answers, it says itself where the service gives our metadata back; otherwise it is the one that waits. */
  private begun({ id, request }: Pick<Response, 'id' | 'request'>): void {
    const isNew = !this.known.has(id)
    this.known.add(id)
    if (isNew) this.responses.push(id)
    const answered = request ?? (isNew ? this.creates[0] : undefined)
    this.creates = this.creates.filter((each) => each !== answered)
    if (request !== undefined && this.greetings.has(request)) this.greetings.add(id)
  }

  private announced({ type, call_id: callId, name, status }: Item, response: string | null): void {
    if (type !== 'function_call' || callId === undefined || status === 'incomplete') return
    const others = this.calls.filter((call) => call.callId !== callId)
    this.calls = [...others, { callId, name: name ?? '', response: response ?? '' }]
  }

  private refused({ code, event_id }: ServiceError): void {
    this.updates = this.updates.filter((each) => each !== event_id)
    this.creates = this.creates.filter((each) => each !== event_id)
    if (event_id === null && (code === 'conversation_already_has_active_response' || code === 'rate_limit_exceeded'))
      this.creates.shift()
  }
}
