import type { Response } from '../../realtime/server-event.ts'
import type { Usage } from '../../realtime/usage.ts'
import type { SessionState } from '../state.ts'
import { report, type Step, withoutEffects } from '../stepping.ts'
import type { ActiveResponse } from '../turn-state.ts'

/** Reports what a response used, also an interrupted one, and under which generation it began. */
export function reportResponse(state: SessionState, active: ActiveResponse, response: Response): Step {
  return report({
    type: 'response.finished',
    response_id: response.id,
    status: response.status,
    model: state.config.accepted.model ?? state.config.confirmed.agent.model,
    under: active.generation,
    usage: response.usage ?? null,
  })(state)
}

/** Reports what transcribing the caller used, if the service says so. */
export function reportTranscription(state: SessionState, usage: Usage | null): Step {
  if (usage === null) return withoutEffects(state)
  const model = state.config.accepted.audio?.input?.transcription?.model ?? state.config.confirmed.agent.stt.model
  return report({ type: 'transcription.finished', model, usage })(state)
}
