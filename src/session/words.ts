import type { Moment } from './event.ts'
import { findResponse, updateResponse, whileHeard } from './response.ts'
import type { SessionState } from './state.ts'
import { report, type Step, sequence, unchanged } from './stepping.ts'

interface Words {
  readonly response_id: string | null
  readonly source: 'transcript' | 'text'
}

/** Words of the agent. Where text and transcript both come, they say the same: the first to come is followed. */
export function sayText(state: SessionState, event: Words & { readonly delta: string }, moment: Moment): Step {
  return whileHeard(state, event.response_id, (now, response) => {
    if ((response.textSource ?? event.source) !== event.source || event.delta === '') return unchanged(now)
    const said = { textSource: event.source, text: response.text + event.delta }
    return sequence(
      now,
      (later) => updateResponse(later, response.id, (active) => ({ ...active, ...said })),
      report({ type: 'agent.transcript.delta', text: event.delta }, moment),
    )
  })
}

/** Some servers stream no pieces and give the words only at the end. */
export function sayWholeText(
  state: SessionState,
  event: Words & { readonly text: string | null },
  moment: Moment,
): Step {
  if (event.text === null || findResponse(state, event.response_id)?.text) return unchanged(state)
  return sayText(state, { ...event, delta: event.text }, moment)
}
