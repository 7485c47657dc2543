import type { SessionState } from '../state.ts'

/** Instructions to say these words exactly. Per-response instructions replace the session's, so the agent's own go first. */
export function exactWordsInstructions(state: SessionState, words: string): { readonly instructions: string } {
  const { instructions } = state.config.confirmed.agent
  return {
    instructions: `${instructions.trimEnd()}\n\nSay exactly these words to the caller now, and nothing else: "${words}"`,
  }
}
