import type { SessionEvent } from '../../src/session/event.ts'

interface Ask {
  /** Turns of the caller when he was to be asked. */
  readonly turns: number
  isUsed: boolean
}

/** Keeps count of what the caller was asked about, and of whether he had a turn to say no before it was done: one consent is for one call. */
export class Consents {
  /** Calls that were run without it. */
  readonly missing: string[] = []
  private turns = 0
  /** Turns that were spoken, by their items. */
  private readonly spoken = new Set<string>()
  private readonly asked = new Map<string, Ask>()
  /** Turns there were when each response began. */
  private readonly begun = new Map<string, number>()
  private readonly given = new Map<string, Ask>()

  hear(event: SessionEvent): void {
    if (event.type === 'caller.text' || event.type === 'caller.committed') this.turns += 1
    if (event.type !== 'server') return
    // Words of a turn that nobody announced are as good a sign of it.
    const isWords = event.event.type.startsWith('conversation.item.input_audio_transcription.')
    if (event.event.type !== 'input_audio_buffer.speech_started' && !isWords) return
    const { item_id } = event.event as { readonly item_id: string }
    if (!isWords || !this.spoken.has(item_id)) this.turns += 1
    this.spoken.add(item_id)
  }

  /** These responses are known by now; of one that is known by its end alone nobody heard more of when it began. */
  begin(responses: readonly string[]): void {
    for (const id of responses) this.begun.set(id, this.begun.get(id) ?? this.turns)
  }

  /** The response that calls is over: a call is held back or admitted by what has been said until it began. */
  decide(response: string, callId: string, name: string): void {
    const ask = this.asked.get(name)
    if (ask !== undefined && (this.begun.get(response) ?? 0) > ask.turns) this.given.set(callId, ask)
  }

  hold(name: string): void {
    this.asked.set(name, { turns: this.turns, isUsed: false })
  }

  run(callId: string): void {
    const ask = this.given.get(callId)
    if (ask === undefined || ask.isUsed) this.missing.push(callId)
    else ask.isUsed = true
  }
}
