/** All that a channel can tell of the caller, and of what the caller heard. */
export type CallerEvent =
  /** A typed turn; it interrupts. */
  | { readonly type: 'caller.text'; readonly text: string }
  /** Sound in the session's input format. */
  | { readonly type: 'caller.audio'; readonly audio: Uint8Array }
  /** The caller silences the agent, and says nothing yet. */
  | { readonly type: 'caller.interrupted' }
  /** The caller presses the button to speak: the agent falls silent, and his turn begins (manual turn detection). */
  | { readonly type: 'caller.pressed' }
  /** He lets go of it: the spoken turn is over. */
  | { readonly type: 'caller.committed' }
  /** The caller's sound is stopped: he is muted. */
  | { readonly type: 'caller.paused' }
  /** Neither hears the other, and nothing is begun. */
  | { readonly type: 'caller.held' }
  /** The end of either. */
  | { readonly type: 'caller.resumed' }
  /** Sound begins to be heard after silence, with this item. */
  | { readonly type: 'playback.started'; readonly itemId: string }
  /** Everything handed over has been heard. */
  | { readonly type: 'playback.drained' }
  /** The answer to `clear()`: how much of each item was heard, in whole ms from the item's beginning. */
  | { readonly type: 'playback.cleared'; readonly heard: readonly Heard[] }

export interface Heard {
  readonly itemId: string
  readonly ms: number
}
