import { interrupt } from '../barge-in/interruption.ts'
import { openCallerEntry, updateCallerEntry } from '../record.ts'
import { makeDue } from '../response/causes.ts'
import { type SessionState, withTurn } from '../state.ts'
import { forEach, report, type Step, send, sequence, withoutEffects } from '../stepping.ts'

/** Typed turns held before the session is live. */
const HELD_TEXTS_MAX = 32

/**
 * Takes a typed turn: it interrupts what is being said, enters the history and makes a response due. It is reported as the service gets it:
 * with replacement characters for unpaired surrogates.
 */
export function receiveCallerText(state: SessionState, typed: string): Step {
  const text = typed.toWellFormed()
  if (state.phase !== 'live' || state.turn.greetingGuarded) {
    if (state.turn.heldTexts.length >= HELD_TEXTS_MAX) {
      return report({ type: 'warning', message: 'too many lines before the session was ready: one was dropped' })(state)
    }
    return withoutEffects(withTurn(state, { heldTexts: [...state.turn.heldTexts, text] }))
  }
  return sequence(state, interrupt, releaseTexts, (now) => addText(now, text))
}

/** Puts the typed turns that were held into the history, in order. */
export function releaseTexts(state: SessionState): Step {
  return forEach(state.turn.heldTexts, addText)(withTurn(state, { heldTexts: [] }))
}

/** Puts a typed turn into the history. */
function addText(state: SessionState, text: string): Step {
  const turn = state.turn.turnsBegun + 1
  const item = {
    id: `${state.conversation}-item-${state.sentCount + 1}`,
    type: 'message' as const,
    role: 'user' as const,
    content: [{ type: 'input_text' as const, text }] as const,
  }
  const begun = makeDue(withTurn(state, { turnsBegun: turn }), 'text')
  return sequence(
    updateCallerEntry(openCallerEntry(begun, item.id), item.id, { text, state: 'final' }),
    report({ type: 'caller.transcript', text, final: true, typed: true, item_id: item.id, turn }),
    send({ type: 'conversation.item.create', item }, 'item'),
  )
}
