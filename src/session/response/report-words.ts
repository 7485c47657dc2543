import { stopAwaitingWords } from '../record.ts'
import { type SessionState, withTurn } from '../state.ts'
import { emit, type Part, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { TRANSCRIPT_MS } from '../time/timeouts.ts'
import type { ResponseWords } from '../turn-state.ts'

/** Responses whose words may wait to be reported. */
export const WORDS_MAX = 8

/**
 * Reports the agent's words in order of turns: an answer comes after the caller's words, which may be known later, and waits for them a
 * moment. The sound does not wait. Where too many wait, the oldest are reported as they are.
 */
export function settleWords(state: SessionState): Step {
  const [head] = state.turn.words
  if (head === undefined) return releaseWords(state)
  if (state.turn.words.length > WORDS_MAX) return reportHead(state, { ...head, end: head.end ?? 'cut' })
  if (mustWaitForCaller(state, head)) return holdWords(state)
  return sequence(state, releaseWords, (now) => reportHead(now, head))
}

/** Reports all words as they are: nothing more will come. */
export function flushWords(state: SessionState): Step {
  return sequence(
    state,
    ...state.turn.words.map((words) => reportWords({ ...words, end: words.end ?? 'cut' })),
    (now) => releaseWords(withTurn(now, { words: [] })),
  )
}

function reportHead(state: SessionState, head: ResponseWords): Step {
  const [, ...rest] = state.turn.words
  if (head.end !== null) {
    return sequence(withTurn(state, { words: rest }), reportWords(head), settleWords)
  }
  const reported = { ...head, reportedCharacters: head.text.length }
  return reportWords(head)(withTurn(state, { words: [reported, ...rest] }))
}

function reportWords(words: ResponseWords): Part {
  const { responseId, turn, text, reportedCharacters, end } = words
  const of = { response_id: responseId, turn }
  const delta = { type: 'agent.transcript.delta', text: text.slice(reportedCharacters), ...of } as const
  const whole = { type: 'agent.transcript', text, ...of } as const
  return (state) =>
    sequence(
      state,
      reportedCharacters < text.length ? report(delta) : withoutEffects,
      end === null ? withoutEffects : report(end === 'cut' ? { ...whole, interrupted: true } : whole),
    )
}

function mustWaitForCaller(state: SessionState, { turn }: ResponseWords): boolean {
  return state.record.some((entry) => entry.kind === 'caller' && entry.turn === turn && entry.state === 'open')
}

function holdWords(state: SessionState): Step {
  if (state.turn.wordsHeld) return withoutEffects(state)
  const held = withTurn(state, { wordsHeld: true })
  return emit({ type: 'startTimer', timer: 'transcript', ms: TRANSCRIPT_MS })(held)
}

function releaseWords(state: SessionState): Step {
  if (!state.turn.wordsHeld) return withoutEffects(state)
  const released = withTurn(state, { wordsHeld: false })
  return emit({ type: 'stopTimer', timer: 'transcript' })(released)
}

/** Stops making the agent's words wait for the caller's. */
export function stopAwaitingTranscript(state: SessionState): Step {
  const missed = stopAwaitingWords(state, state.turn.words[0]?.turn ?? -1)
  return withoutEffects(withTurn(missed, { wordsHeld: false }))
}
