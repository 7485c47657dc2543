/** Everything a channel can report about the caller, and about what they heard. */
export type CallerEvent =
  /** A typed turn; it interrupts the agent. */
  | { readonly type: 'caller.text'; readonly text: string }
  /** Sound in the session's input format. */
  | { readonly type: 'caller.audio'; readonly audio: Uint8Array }
  /** The caller silences the agent, without saying anything yet. */
  | { readonly type: 'caller.interrupted' }
  /** The caller presses the button to speak: the agent falls silent, and their turn begins (manual turn detection). */
  | { readonly type: 'caller.pressed' }
  /** The caller releases it: the spoken turn is over. */
  | { readonly type: 'caller.committed' }
  /** The caller's sound is stopped: they are muted. */
  | { readonly type: 'caller.paused' }
  /** On hold: neither side hears the other, and nothing is begun. */
  | { readonly type: 'caller.held' }
  /** The end of a pause or a hold. */
  | { readonly type: 'caller.resumed' }
  /** Sound becomes audible after silence, beginning with this item. */
  | { readonly type: 'playback.started'; readonly itemId: string }
  /** Everything handed over has been heard. */
  | { readonly type: 'playback.drained' }
  /** The answer to `clear()`: how much of each item was heard, in whole ms from the item's beginning. */
  | { readonly type: 'playback.cleared'; readonly heard: readonly Heard[] }

/** The name of the conversation that the run itself opens, and of a JSON line that names none. */
export const MAIN_CONVERSATION = 'main'

export interface Heard {
  readonly itemId: string
  readonly ms: number
}
