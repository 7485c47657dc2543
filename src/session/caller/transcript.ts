import type { Usage } from '../../realtime/usage.ts'
import { expectNoAnswer } from '../barge-in/cut-off-causes.ts'
import { interruptByWords } from '../barge-in/interruption-by-words.ts'
import { callerEntry, openCallerEntry, updateCallerEntry } from '../record.ts'
import type { CallerEntry } from '../record-entry.ts'
import { reportTranscription } from '../service/usage.ts'
import type { SessionState } from '../state.ts'
import { report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { beginUnannouncedTurn, endSpeech, restartSpeechTimer, takeWholeTurn } from './speech.ts'

/** Takes the caller's words as they come: a piece, or the whole so far, depending on the provider. Final words are not changed. */
export function transcriptDelta(state: SessionState, heard: { item_id: string; delta: string }): Step {
  return sequence(
    state,
    (now) => beginUnannouncedTurn(now, heard.item_id),
    (now) => {
      const before = entryOf(now, heard.item_id)
      const text = joinTranscript(before.text, heard.delta)
      if (before.state === 'final' || text === before.text) return withoutEffects(now)
      return sequence(
        updateCallerEntry(now, heard.item_id, { text }),
        (later) => reportTranscript(later, heard.item_id),
        (later) => interruptByWords(later, heard.item_id),
        restartSpeechTimer,
      )
    },
  )
}

/** Takes the final words, which replace the pieces each time they come; empty ones leave the pieces, and no words at all are no turn. */
export function transcriptCompleted(
  state: SessionState,
  heard: { item_id: string; transcript: string; usage?: Usage },
): Step {
  return sequence(
    state,
    (now) => takeWholeTranscript(now, heard),
    (now) => withoutEffects(expectNoAnswerIfEmpty(now, heard.item_id)),
    (now) => reportTranscription(now, heard.usage ?? null),
  )
}

/** Keeps the pieces that came, although transcription failed. If none came, something may have been said all the same. */
export function transcriptionFailed(state: SessionState, failed: { item_id: string; message: string }): Step {
  return sequence(
    state,
    (now) => takeWholeTranscript(now, { item_id: failed.item_id, transcript: '' }),
    (now) =>
      withoutEffects(
        entryOf(now, failed.item_id).text === '' ? updateCallerEntry(now, failed.item_id, { state: 'late' }) : now,
      ),
    report({ type: 'warning', message: `the caller's words could not be read: ${failed.message}` }),
  )
}

function takeWholeTranscript(state: SessionState, heard: { item_id: string; transcript: string }): Step {
  return sequence(
    state,
    (now) => (isSaid(heard) ? takeWholeTurn(now, heard.item_id) : withoutEffects(openCallerEntry(now, heard.item_id))),
    (now) => takeFinalWords(now, heard),
  )
}

function isSaid({ transcript }: { readonly transcript: string }): boolean {
  return transcript.trim() !== ''
}

function takeFinalWords(state: SessionState, heard: { item_id: string; transcript: string }): Step {
  const before = entryOf(state, heard.item_id)
  const text = isSaid(heard) ? heard.transcript : before.text
  const news = text !== '' && (before.state !== 'final' || text !== before.text)
  return sequence(
    updateCallerEntry(state, heard.item_id, { text, state: 'final' }),
    news ? (now) => reportTranscript(now, heard.item_id) : withoutEffects,
    (now) => interruptByWords(now, heard.item_id),
    before.unannounced ? endSpeech : withoutEffects,
  )
}

/** If the caller's last turn was a cough, no answer to it is expected. */
function expectNoAnswerIfEmpty(state: SessionState, itemId: string): SessionState {
  const { text, turn } = entryOf(state, itemId)
  return text === '' && turn === state.turn.turnsBegun ? expectNoAnswer(state) : state
}

/** Joins a delta to the text so far, whether the provider sends pieces or the whole text each time. */
export function joinTranscript(before: string, delta: string): string {
  if (before === '' || delta.startsWith(before)) return delta
  return before.startsWith(delta) ? before : before + delta
}

function reportTranscript(state: SessionState, itemId: string): Step {
  const { text, turn, state: stage } = entryOf(state, itemId)
  const final = stage === 'final'
  return report({ type: 'caller.transcript', text, final, item_id: itemId, turn })(state)
}

function entryOf(state: SessionState, itemId: string): Pick<CallerEntry, 'text' | 'turn' | 'state' | 'unannounced'> {
  return callerEntry(state, itemId) ?? { text: '', turn: state.turn.turnsBegun, state: 'open', unannounced: false }
}
