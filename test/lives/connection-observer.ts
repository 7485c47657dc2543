import type { ClientEvent, ClientItem } from '../../src/realtime/client-event.ts'
import type { Item, Response, ServerEvent, ServiceError } from '../../src/realtime/server-event.ts'

interface ObservedCall {
  readonly callId: string
  readonly name: string
  readonly response: string
}

/** What is known of the calls of one id. */
interface CallAnswers {
  /** The different calls among them, by response and by tool; the same call of two responses may count as one. */
  readonly made: Set<string>
  readonly tools: Set<string>
  /** How many outputs they were given. */
  outputs: number
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
  /** The calls of its responses, by the ids that they have in the conversation. */
  readonly ownCalls = new Set<string>()
  /** The calls that were made, by the id that the service gave them: some give one to several. */
  readonly answers = new Map<string, CallAnswers>()
  /** How often a response of each id has begun. */
  private readonly timesBegun = new Map<string, number>()
  /** Items whose beginning was announced. */
  private readonly begun: { readonly item: Item; readonly response: string | null }[] = []
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

  /** Whether a response of this connection has made a call of this id. */
  hasCalled(callId: string): boolean {
    return this.calls.some((call) => call.callId === callId)
  }

  /** Whether calls wait for an output. */
  get isOutputMissing(): boolean {
    return this.unanswered.length > 0
  }

  /** Ids of the calls that have fewer outputs than they need. */
  get unanswered(): readonly string[] {
    return [...this.answers].flatMap(([callId, { tools, outputs }]) => (outputs < tools.size ? [callId] : []))
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
    if (event.type === 'response.output_item.added') this.begun.push({ item: event.item, response: event.response_id })
    if (event.type === 'response.output_item.done') this.callAnnounced(event.item, event.response_id)
    if (event.type === 'response.function_call_arguments.done') this.callCompleted(event.call_id)
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
    if (event.item.type === 'function_call')
      this.expectOutput({ ...event.item, callId: event.item.call_id, response: event.item.id ?? '' })
    if (event.item.type === 'function_call_output') this.answersOf(event.item.call_id).outputs += 1
  }

  /** The wait for the requested responses is over. */
  dropPendingCreates(): void {
    this.pendingCreates = []
  }

  /** The conversation counts a response as ended: from here on its calls must be answered. */
  ended(response: string): readonly ObservedCall[] {
    const calls = this.calls.filter((call) => call.response === response)
    for (const call of calls) this.expectOutput(call)
    return calls
  }

  /** It counted as ended before it reported these calls. */
  endedLate({ id, status, output }: Response): void {
    for (const item of output) {
      if (item.type !== 'function_call' || item.call_id === undefined) continue
      const isWhole = item.status === 'completed' || (item.status !== 'incomplete' && status === 'completed')
      if (isWhole) this.expectOutput({ callId: item.call_id, name: item.name ?? '', response: id })
    }
  }

  private answersOf(callId: string): CallAnswers {
    const answers = this.answers.get(callId) ?? { made: new Set(), tools: new Set(), outputs: 0 }
    this.answers.set(callId, answers)
    return answers
  }

  private expectOutput({ callId, name, response }: ObservedCall): void {
    const { made, tools } = this.answersOf(callId)
    made.add(`${response} ${this.timesBegun.get(response)} ${name}`)
    tools.add(name)
  }

  /** The request it answers: by our metadata if the service returns it, otherwise the oldest pending one. */
  private responseBegun({ id, request }: Pick<Response, 'id' | 'request'>): void {
    const isAgain = request !== undefined && this.pendingCreates.includes(request) && !this.responses.includes(id)
    const before = this.timesBegun.get(id) ?? 0
    const isNew = before === 0 || isAgain
    if (before > 0 && isAgain) this.forgetResponse(id)
    if (isNew) this.timesBegun.set(id, before + 1)
    if (isNew) this.responses.push(id)
    const answered = request ?? (isNew ? this.pendingCreates[0] : undefined)
    this.pendingCreates = this.pendingCreates.filter((each) => each !== answered)
    if (request !== undefined && this.greetings.has(request)) this.greetings.add(id)
  }

  /** Another response has the id of one that is over. */
  private forgetResponse(id: string): void {
    this.greetings.delete(id)
    this.calls = this.calls.map((call) => (call.response === id ? { ...call, response: '' } : call))
  }

  private callCompleted(callId: string): void {
    const begun = this.begun.findLast(({ item }) => item.call_id === callId)
    if (begun !== undefined && this.responses.includes(begun.response ?? ''))
      this.callAnnounced({ ...begun.item, status: 'completed' }, begun.response)
  }

  private callAnnounced({ type, call_id: callId, name, status }: Item, response: string | null): void {
    if (type !== 'function_call' || callId === undefined || status === 'incomplete') return
    const others = this.calls.filter((call) => call.callId !== callId || call.response !== response)
    this.calls = [...others, { callId, name: name ?? '', response: response ?? '' }]
  }

  private requestRefused({ code, event_id }: ServiceError): void {
    this.updates = this.updates.filter((each) => each !== event_id)
    this.pendingCreates = this.pendingCreates.filter((each) => each !== event_id)
    if (event_id === null && (code === 'conversation_already_has_active_response' || code === 'rate_limit_exceeded'))
      this.pendingCreates.shift()
  }
}
