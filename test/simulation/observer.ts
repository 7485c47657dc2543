import type { OutgoingEvent } from '../../src/emulator/outbox.ts'
import type { ClientEvent, ClientItem } from '../../src/realtime/client-event.ts'
import type { Effect } from '../../src/session/effect.ts'
import type { TimerName } from '../../src/session/event.ts'
import { type Observed, resultsIn } from '../session/invariants.ts'

/** What is known of one connection, by what has reached the conversation, and not by what was meant. */
class Books {
  updates: string[] = []
  creates: string[] = []
  responses: string[] = []
  /** Every response of which anything was heard. */
  known = new Set<string>()
  outputs = new Map<string, number>()
  items: ClientItem[] = []
  /** The service has confirmed the settings of this connection. */
  isConfirmed = false
}

/** Keeps the books that the invariants are held against. */
export class Observer implements Observed {
  greetings = 0
  launched: string[] = []
  /** How often each result from the background was told, beside what a session was told of what was said before it. */
  told = new Map<string, number>()
  unasked: string[] = []
  isStill = false
  timers = new Set<TimerName>()
  /** Connections that are open and were not told to close. */
  sockets = 0
  private live = new Books()
  private next: Books | null = null
  private greeting = new Set<string>()
  private shown = new Set<string>()

  get updates(): readonly string[] {
    return this.live.updates
  }

  get creates(): readonly string[] {
    return this.live.creates
  }

  get responses(): readonly string[] {
    return this.live.responses
  }

  get outputs(): ReadonlyMap<string, number> {
    return this.live.outputs
  }

  get items(): readonly ClientItem[] {
    return this.live.items
  }

  get isConfirmed(): boolean {
    return this.live.isConfirmed
  }

  get isNextConfirmed(): boolean {
    return this.next?.isConfirmed ?? false
  }

  words(): string {
    const { updates, creates, responses, greetings } = this
    return JSON.stringify({ updates, creates, responses, greetings })
  }

  note(effects: readonly Effect[]): void {
    const isNew = effects.some((effect) => effect.type === 'send' && effect.event.type === 'response.create')
    for (const callId of resultsIn(effects)) {
      if (isNew) this.told.set(callId, (this.told.get(callId) ?? 0) + 1)
    }
    for (const effect of effects) {
      if (effect.type === 'takeOver') this.live = this.next ?? new Books()
      if (effect.type === 'takeOver') this.next = null
      if (effect.type === 'connect' || effect.type === 'close') {
        if (effect.next) this.next = effect.type === 'connect' ? new Books() : null
        else this.live = new Books()
      }
      if (effect.type === 'play') this.show(effect.itemId.replace(/^item_/, ''))
      if (effect.type === 'report' && effect.report.type === 'agent.transcript.delta')
        this.show(effect.report.response_id)
      if (effect.type === 'pausePlayback') this.isStill = true
      if (effect.type === 'resumePlayback' || effect.type === 'clearPlayback') this.isStill = false
      if (effect.type === 'startTimer') this.timers.add(effect.timer)
      if (effect.type === 'stopTimer') this.timers.delete(effect.timer)
      if (effect.type === 'runTool') this.launched.push(effect.callId)
      if (effect.type === 'send') this.sent(effect.event, effect.next ? this.next : this.live)
    }
  }

  /** What is asked for and stays away for so long is asked for no longer. */
  gaveUp(): void {
    this.live.creates = []
  }

  /** An update that was given up may still be answered; nobody waits for that. */
  waitsForNoUpdate(): void {
    this.live.updates = []
  }

  /** A greeting counts once something of it reaches the caller. */
  private show(response: string): void {
    if (this.greeting.has(response) && !this.shown.has(response)) this.greetings += 1
    this.shown.add(response)
  }

  private sent(event: ClientEvent, books: Books | null): void {
    if (books === null) return
    if (event.type === 'session.update') books.updates.push(event.event_id)
    if (event.type === 'response.create') {
      books.creates.push(event.event_id)
      if (event.response.instructions?.includes('"Hello."')) this.greeting.add(event.event_id)
    }
    if (event.type !== 'conversation.item.create') return
    books.items.push(event.item)
    if (event.item.type === 'function_call_output') {
      books.outputs.set(event.item.call_id, (books.outputs.get(event.item.call_id) ?? 0) + 1)
    }
  }

  /** An event of the service, delivered or lost for ever. */
  heard(event: OutgoingEvent, fate: 'delivered' | 'lost', on: 'live' | 'next'): void {
    const books = on === 'live' ? this.live : this.next
    if (books === null) return
    const response = event.response as { id: string; metadata?: { request?: string } } | undefined
    const id = response?.id ?? (event.response_id as string | undefined)
    if (event.type === 'session.updated') {
      books.updates.shift()
      if (fate === 'delivered') books.isConfirmed = true
    }
    if (event.type === 'error') this.refused(event.error as { code: string | null; event_id: string | null }, books)
    if (id === undefined) return
    const request = response?.metadata?.request
    if (request !== undefined) books.creates = books.creates.filter((each) => each !== request)
    else if (fate === 'delivered' && !books.known.has(id)) books.creates.shift()
    if (fate === 'delivered') books.known.add(id)
    if (event.type === 'response.done') books.responses = books.responses.filter((each) => each !== id)
    else if (fate === 'delivered' && !books.responses.includes(id)) books.responses.push(id)
    if (request !== undefined && this.greeting.has(request)) this.greeting.add(id)
  }

  private refused({ code, event_id }: { code: string | null; event_id: string | null }, books: Books): void {
    if (event_id === null) return
    books.updates = books.updates.filter((each) => each !== event_id)
    books.creates = books.creates.filter((each) => each !== event_id)
    if (code === 'conversation_already_has_active_response') books.creates.shift()
  }
}
