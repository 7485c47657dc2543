import type { OutgoingEvent } from '../../src/emulator/outbox.ts'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import type { Effect } from '../../src/session/effect.ts'
import type { TimerName } from '../../src/session/event.ts'
import type { Observed } from '../session/invariants.ts'

/** Keeps the books that the invariants are held against, by what has reached the conversation, and not by what was meant. */
export class Observer implements Observed {
  updates: string[] = []
  creates: string[] = []
  responses: string[] = []
  outputs = new Map<string, number>()
  greetings = 0
  launched: string[] = []
  unasked: string[] = []
  isStill = false
  timers = new Set<TimerName>()
  /** The service has confirmed the settings of this connection. */
  isConfirmed = false
  private greeting = new Set<string>()
  private shown = new Set<string>()

  words(): string {
    const { updates, creates, responses, greetings } = this
    return JSON.stringify({ updates, creates, responses, greetings })
  }

  connected(): void {
    this.updates = []
    this.creates = []
    this.responses = []
    this.outputs.clear()
    this.isConfirmed = false
  }

  note(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'connect' || effect.type === 'close') this.connected()
      if (effect.type === 'play') this.show(effect.itemId.replace(/^item_/, ''))
      if (effect.type === 'report' && effect.report.type === 'agent.transcript.delta')
        this.show(effect.report.response_id)
      if (effect.type === 'pausePlayback') this.isStill = true
      if (effect.type === 'resumePlayback' || effect.type === 'clearPlayback') this.isStill = false
      if (effect.type === 'startTimer') this.timers.add(effect.timer)
      if (effect.type === 'stopTimer') this.timers.delete(effect.timer)
      if (effect.type === 'runTool') this.launched.push(effect.callId)
      if (effect.type === 'send') this.sent(effect.event)
    }
  }

  /** What is asked for and stays away for so long is asked for no longer. */
  gaveUp(): void {
    this.creates = []
  }

  /** An update that was given up may still be answered; nobody waits for that. */
  waitsForNoUpdate(): void {
    this.updates = []
  }

  /** A greeting counts once something of it reaches the caller. */
  private show(response: string): void {
    if (this.greeting.has(response) && !this.shown.has(response)) this.greetings += 1
    this.shown.add(response)
  }

  private sent(event: ClientEvent): void {
    if (event.type === 'session.update') this.updates.push(event.event_id)
    if (event.type === 'response.create') {
      this.creates.push(event.event_id)
      if (event.response.instructions?.includes('"Hello."')) this.greeting.add(event.event_id)
    }
    if (event.type === 'conversation.item.create' && event.item.type === 'function_call_output') {
      this.outputs.set(event.item.call_id, (this.outputs.get(event.item.call_id) ?? 0) + 1)
    }
  }

  /** An event of the service, delivered or lost for ever. */
  heard(event: OutgoingEvent, fate: 'delivered' | 'lost'): void {
    const response = event.response as { id: string; metadata?: { request?: string } } | undefined
    const id = response?.id ?? (event.response_id as string | undefined)
    if (event.type === 'session.updated') {
      this.updates.shift()
      if (fate === 'delivered') this.isConfirmed = true
    }
    if (event.type === 'error') this.refused(event.error as { code: string | null; event_id: string | null })
    if (id === undefined) return
    const request = response?.metadata?.request
    if (request !== undefined) this.creates = this.creates.filter((each) => each !== request)
    else if (event.type === 'response.created') this.creates.shift()
    if (event.type === 'response.done') this.responses = this.responses.filter((each) => each !== id)
    else if (fate === 'delivered' && !this.responses.includes(id)) this.responses.push(id)
    if (request !== undefined && this.greeting.has(request)) this.greeting.add(id)
  }

  private refused({ code, event_id }: { code: string | null; event_id: string | null }): void {
    if (event_id === null) return
    this.updates = this.updates.filter((each) => each !== event_id)
    this.creates = this.creates.filter((each) => each !== event_id)
    if (code === 'conversation_already_has_active_response') this.creates.shift()
  }
}
