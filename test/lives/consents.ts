import type { SessionEvent } from '../../src/session/event.ts'

interface ConsentQuestion {
  /** How many turns the caller had begun when the model was asked for consent. */
  readonly turns: number
  isUsed: boolean
}

/** Tracks what the caller was asked about, and whether they had a turn to say no before it was done: one consent is for one call. */
export class Consents {
  /** Calls run without consent. */
  readonly runWithoutConsent: string[] = []
  private turns = 0
  /** Items of the spoken turns. */
  private readonly spoken = new Set<string>()
  private readonly asked = new Map<string, ConsentQuestion>()
  /** How many turns there were when each response began. */
  private readonly begun = new Map<string, number>()
  private readonly given = new Map<string, ConsentQuestion>()

  observe(event: SessionEvent): void {
    if (event.type === 'caller.text' || event.type === 'caller.committed') this.turns += 1
    if (event.type !== 'server') return
    // Words or the commit of an unannounced turn announce it as well.
    const isStart = event.event.type === 'input_audio_buffer.speech_started'
    const isLaterSign = /^input_audio_buffer\.committed|input_audio_transcription\./.test(event.event.type)
    if (!isStart && !isLaterSign) return
    const { item_id } = event.event as { readonly item_id: string }
    if (isStart || !this.spoken.has(item_id)) this.turns += 1
    this.spoken.add(item_id)
  }

  /** These responses have begun by now; one known only by its end counts from then. */
  begin(responses: readonly string[]): void {
    for (const id of responses) this.begun.set(id, this.begun.get(id) ?? this.turns)
  }

  /** A response with calls has ended: a call is held back or admitted by what was said before the response began. */
  decide(response: string, callId: string, name: string): void {
    const ask = this.asked.get(name)
    if (ask !== undefined && (this.begun.get(response) ?? 0) > ask.turns) this.given.set(callId, ask)
  }

  /** A response has ended; another may have its id. */
  end(response: string): void {
    this.begun.delete(response)
  }

  hold(name: string): void {
    this.asked.set(name, { turns: this.turns, isUsed: false })
  }

  run(callId: string): void {
    const ask = this.given.get(callId)
    if (ask === undefined || ask.isUsed) this.runWithoutConsent.push(callId)
    else ask.isUsed = true
  }
}
