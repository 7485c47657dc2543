import type { Item, ResponseStatus, ServerEvent } from '../../../src/realtime/server-event.ts'

const CALLED_TOOLS = ['look', 'mill', 'pay', 'nothing', 'mill', 'read', 'pay', 'book', 'set_voice', 'end_call', 'mill']

/** The ids that the service gives on all its connections. */
export interface ResponseIds {
  readonly nextId: (prefix: string) => string
  /** Ids of the responses that are over, and of all calls: some services and models give them again. */
  readonly ended: string[]
  readonly callIds: string[]
}

/** The responses that the service was asked for on one connection, is making and has made. */
export class ServiceResponses {
  /** Requests waiting for their response. */
  creates: string[] = []
  /** Those that came while another response ran: they will be refused, and that is their only answer. */
  private tooLate: string[] = []
  /** Requests that the conversation has given up. */
  private givenUp: string[] = []
  private running: string[] = []
  /** Responses that have shown nothing yet. */
  private readonly silent = new Set<string>()
  private readonly ids: ResponseIds
  /** Calls that are whole only in the end of their response. */
  private begunCalls: { readonly id: string; readonly item: Item }[] = []

  constructor(ids: ResponseIds) {
    this.ids = ids
  }

  /** Begins what was requested, with our metadata or without it; with it, now and then under an id that it gave before. */
  begin(pick: number): ServerEvent | null {
    return this.beginFor(this.creates, {
      isEchoed: pick % 2 === 0,
      id: pick % 6 === 4 ? this.endedId(pick) : undefined,
    })
  }

  beginLate(): ServerEvent | null {
    return this.beginFor(this.givenUp, { isEchoed: true })
  }

  /**
   * The service answers a spoken turn by itself, now and then while it makes another answer; a request of ours that was on its way is too
   * late.
   */
  beginUnsolicited(pick: number): ServerEvent | null {
    if (this.running.length > 0 && pick % 4 !== 1) return null
    return this.begun({}, this.beginUnasked())
  }

  /** The id of a response that nobody requested: requests of ours that are on their way are too late. */
  private beginUnasked(): string {
    this.tooLate.push(...this.creates)
    this.creates = []
    return this.ids.nextId('resp')
  }

  /** Sends something of a running response, or begins one. */
  continueResponse(pick: number, what: (id: string, isNewest: boolean) => ServerEvent): ServerEvent | null {
    const id = this.pick(pick)
    if (id === undefined) return this.begin(pick) ?? this.beginUnsolicited(pick)
    this.silent.delete(id)
    return what(id, id === this.running.at(-1))
  }

  /** Sends something late, of a response that is over. */
  late(pick: number, what: (id: string) => ServerEvent): ServerEvent | null {
    const id = this.endedId(pick)
    return id === undefined ? null : what(id)
  }

  /** Calls a tool, now and then under an id that another call had; or begins to, and gives the arguments with the end of the response. */
  call(pick: number): ServerEvent | null {
    return this.continueResponse(pick, (id) => {
      const { callIds, nextId } = this.ids
      const callId = (pick % 4 === 3 ? callIds[pick % Math.max(1, callIds.length)] : undefined) ?? nextId('call')
      callIds.push(callId)
      const name = CALLED_TOOLS[pick % CALLED_TOOLS.length] ?? ''
      const given = name === 'set_voice' ? '{"voice":"Dennis"}' : '{}'
      const call = { id: nextId('item'), type: 'function_call', call_id: callId, name }
      const item = { ...call, arguments: given, status: 'completed' }
      if (pick % 6 !== 0) return { type: 'response.output_item.done', response_id: id, item }
      this.begunCalls.push({ id, item })
      const begun = { ...call, arguments: '', status: 'in_progress' }
      return { type: 'response.output_item.added', response_id: id, item: begun }
    })
  }

  end(pick: number, status: ResponseStatus): ServerEvent | null {
    const id = this.pick(pick)
    return id === undefined ? null : this.over(id, status)
  }

  endEmpty(pick: number): ServerEvent | null {
    const id = this.pick(pick)
    if (id === undefined || !this.silent.has(id)) return null
    return { ...this.over(id, 'completed'), response: { id, status: 'completed', output: [] } }
  }

  /** Has no room for a response that it has begun. */
  failForRateLimit(pick: number): ServerEvent | null {
    const id = this.pick(pick)
    if (id === undefined) return null
    const error = { code: 'rate_limit_exceeded', message: 'Please try again in 2s.' }
    const over = this.over(id, 'failed')
    return { ...over, response: { ...over.response, error } }
  }

  /** Completes a call that it has begun, without its response and its name. */
  callArguments(pick: number): ServerEvent | null {
    const call = this.begunCalls[pick % Math.max(1, this.begunCalls.length)]
    const call_id = call?.item.call_id
    if (call_id === undefined) return null
    return { type: 'response.function_call_arguments.done', response_id: null, call_id, name: null, arguments: '{}' }
  }

  /** The last call that it has begun is an item as well. */
  callItem(): ServerEvent | null {
    const item = this.begunCalls.at(-1)?.item
    return item === undefined ? null : { type: 'conversation.item.added', item }
  }

  /** Speaks in a response of which it has not reported the beginning. */
  wordsOfUnknown(): ServerEvent | null {
    if (this.running.length > 0) return null
    const id = this.beginUnasked()
    this.running.push(id)
    return words(id)
  }

  /** Ends a response of which it has reported nothing else. */
  endOfUnknown(pick: number): ServerEvent | null {
    return this.running.length > 0 ? null : this.over(this.beginUnasked(), pick % 3 === 0 ? 'cancelled' : 'completed')
  }

  begunAgain(pick: number): ServerEvent | null {
    const id = (pick % 2 === 0 ? this.pick(pick) : undefined) ?? this.endedId(pick)
    return id === undefined ? null : { type: 'response.created', response: { id, status: 'in_progress', output: [] } }
  }

  endedAgain(pick: number): ServerEvent | null {
    const id = this.endedId(pick)
    if (id === undefined || this.running.includes(id)) return null
    return { type: 'response.done', response: { id, status: pick % 2 === 0 ? 'completed' : 'cancelled', output: [] } }
  }

  /** Refuses a request that came while it made another response. */
  refuse(): boolean {
    return (this.tooLate.shift() ?? this.creates.shift()) !== undefined
  }

  /** Falls silent for so long that the conversation gives up: requests are lost, and what had begun is over. */
  giveUp(): void {
    this.givenUp.push(...this.creates)
    this.creates = []
    this.ids.ended.push(...this.running)
    this.running = []
  }

  private pick(pick: number): string | undefined {
    return this.running[pick % Math.max(1, this.running.length)]
  }

  private endedId(pick: number): string | undefined {
    const { ended } = this.ids
    return ended[pick % Math.max(1, ended.length)]
  }

  private beginFor(requests: string[], { isEchoed, id }: { isEchoed: boolean; id?: string | undefined }) {
    if (this.running.length > 0) return null
    const request = requests.shift()
    if (request === undefined) return null
    return this.begun(isEchoed ? { request } : {}, id)
  }

  private begun(label: { readonly request?: string }, id = this.ids.nextId('resp')): ServerEvent {
    this.running.push(id)
    this.silent.add(id)
    return { type: 'response.created', response: { id, status: 'in_progress', output: [], ...label } }
  }

  private over(id: string, status: ResponseStatus): ServerEvent & { readonly type: 'response.done' } {
    this.running = this.running.filter((other) => other !== id)
    this.ids.ended.push(id)
    const begun = this.begunCalls.filter((call) => call.id === id)
    this.begunCalls = this.begunCalls.filter((call) => call.id !== id)
    const calls = begun.map(({ item }) => (status === 'completed' ? item : { ...item, status: 'incomplete' }))
    const output = status === 'completed' ? [{ id: `item_${id}`, type: 'message', role: 'assistant' }] : []
    return { type: 'response.done', response: { id, status, output: [...output, ...calls] } }
  }
}

export function words(response: string): ServerEvent {
  const item = { response_id: response, item_id: `item_${response}` }
  return { type: 'response.output_audio_transcript.delta', ...item, delta: 'word ' }
}

export function sound(response: string): ServerEvent {
  const item = { response_id: response, item_id: `item_${response}`, content_index: 0 }
  return { type: 'response.output_audio.delta', ...item, audio: new Uint8Array(4800) }
}

/** The same words as text, all of an item's words at once, words of another item or of one whose id comes again, and without their response. */
export function otherWords(response: string, pick: number, isNewest: boolean): ServerEvent {
  const item = { response_id: response, item_id: `item_${response}` }
  const shown = [
    { type: 'response.output_text.delta', ...item, delta: 'word ' },
    { type: 'response.output_audio_transcript.done', ...item, text: 'words and words' },
    { type: 'response.output_text.done', ...item, text: 'words and words' },
    { ...words(response), item_id: `more_${response}` },
    { ...words(response), item_id: 'item_again' },
    ...(isNewest ? [{ ...words(response), response_id: null }] : []),
    ...(isNewest ? [{ ...words(response), response_id: null, item_id: null }] : []),
  ] as readonly ServerEvent[]
  return shown[pick % shown.length] ?? words(response)
}

/** Sound of another item or of one whose id comes again, a piece that ends in half a sample, an empty one, and one without its response. */
export function otherSound(response: string, pick: number, isNewest: boolean): ServerEvent {
  const shown = [
    { ...sound(response), item_id: `more_${response}`, content_index: 1 },
    { ...sound(response), item_id: 'item_again' },
    { ...sound(response), audio: new Uint8Array(4801) },
    { ...sound(response), audio: new Uint8Array(0) },
    ...(isNewest ? [{ ...sound(response), response_id: null }] : []),
    ...(isNewest ? [{ ...sound(response), response_id: null, item_id: null }] : []),
  ] as readonly ServerEvent[]
  return shown[pick % shown.length] ?? sound(response)
}
