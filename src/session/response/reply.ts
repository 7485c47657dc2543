import { isManual } from '../caller/caller-sound.ts'
import { sendBackgroundResults } from '../calls/background.ts'
import { mustAwaitPlayback } from '../calls/follow-up.ts'
import { requestResponse } from '../response.ts'
import { type SessionState, withTurn } from '../state.ts'
import { type Step, sequence, withoutEffects } from '../stepping.ts'
import { hasOpenCalls, isOnHold, isUpdateAwaited } from '../time/quiet.ts'
import type { ReplyCause } from '../turn-state.ts'
import { isToolResult, isUnsolicited, nextCauses } from './causes.ts'
import { exactWordsInstructions } from './exact-words.ts'

/** Responses in a row that may follow tools within one turn of the caller; the next has to do without tools. */
const TOOL_ROUNDS_MAX = 8

/**
 * Requests one response for everything due, but nothing while the caller holds the button to speak. Results of tools, and that time is
 * nearly over, are told neither over the caller, nor before their turn has its answer, nor over the agent itself.
 */
export function settleReply(state: SessionState): Step {
  const { replyDue, requested, responses, callerSpeaking, answerExpected, rateLimit } = state.turn
  if (state.phase !== 'live' || replyDue.length === 0) return withoutEffects(state)
  if (isOnHold(state) || rateLimit.isWaiting || (callerSpeaking && isManual(state))) return withoutEffects(state)
  const causes = nextCauses(replyDue)
  if ((callerSpeaking || answerExpected) && causes.every(isUnsolicited)) return withoutEffects(state)
  if (mustAwaitPlayback(state)) return withoutEffects(state)
  if (requested !== null || responses.length > 0 || hasOpenCalls(state) || isUpdateAwaited(state))
    return withoutEffects(state)
  return sequence(state, causes.includes('result') ? sendBackgroundResults : withoutEffects, (now) =>
    requestReply(now, causes),
  )
}

function requestReply(state: SessionState, causes: readonly ReplyCause[]): Step {
  const isToolRound = causes.some(isToolResult)
  const toolRounds = isToolRound ? countRound(state) : state.turn.toolRounds
  const replyDue = state.turn.replyDue.filter((cause) => !causes.includes(cause))
  return requestResponse(withTurn(state, { toolRounds, replyDue }), causes, {
    ...instructionsFor(state, causes),
    ...(isToolRound && toolRounds.count > TOOL_ROUNDS_MAX ? { tool_choice: 'none' } : {}),
  })
}

/** The instructions of a cause that has words of its own. */
function instructionsFor(state: SessionState, causes: readonly ReplyCause[]): { instructions?: string } {
  const { greeting, idle, instructions } = state.config.confirmed.agent
  switch (causes[0]) {
    case 'greeting':
      return exactWordsInstructions(state, greeting ?? '')
    case 'idle':
      return exactWordsInstructions(state, idle?.say ?? '')
    case 'goodbye':
      return exactWordsInstructions(state, idle?.then ?? '')
    case 'wrap up':
      return { instructions: `${instructions.trimEnd()}\n\n${WRAP_UP}` }
    default:
      return {}
  }
}

const WRAP_UP =
  'The time for this conversation is nearly over. Tell the caller so now, in one short sentence, and ask what is most important still.'

function countRound({ turn: { toolRounds, turnsBegun } }: SessionState): { turn: number; count: number } {
  return { turn: turnsBegun, count: toolRounds.turn === turnsBegun ? toolRounds.count + 1 : 1 }
}
