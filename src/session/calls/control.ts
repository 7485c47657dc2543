import type { ControlTool, ToolOutcome } from '../../agent/tool.ts'
import { valueText } from '../../agent/value-text.ts'
import type { Call } from '../call-state.ts'
import { answerCall, finishCall, isEndCall, withStage } from '../calls.ts'
import { overrideVoice } from '../edits/reload.ts'
import { endOnceHeard, LAST_WORDS_MS } from '../ending.ts'
import { isResponding } from '../response/causes.ts'
import { unheardMs } from '../response/playback.ts'
import type { SessionState } from '../state.ts'
import { forEach, msSince, report, type Step, sequence, withoutEffects } from '../stepping.ts'

/** How much longer than its sound a goodbye may take to be heard, in ms. */
const GRACE_MS = 2_000

/** Does what a control tool asks for, once what is being said has been heard. */
export function launchControlCall(state: SessionState, call: Call, tool: ControlTool): Step {
  switch (tool.control) {
    case 'end_call':
      return endCall(state, call)
    case 'set_voice':
      return setVoice(state, call)
    default:
      return tool.control satisfies never
  }
}

/** Answers the control calls that the service has granted or refused. */
export function settleControlCalls(state: SessionState): Step {
  const running = state.calls.filter(({ launch, stage, answered }) => {
    return launch?.tool.kind === 'control' && stage === 'running' && !answered
  })
  return forEach(running, (now, call) => {
    const outcome = voiceOutcome(now, call)
    return outcome === null ? withoutEffects(now) : finishControlCall(now, call, outcome)
  })(state)
}

/**
 * Ends the call, after the other calls. Nothing more is said after it; a caller who goes on, then or before the goodbye was heard, is not
 * hung up on.
 */
function endCall(state: SessionState, call: Call): Step {
  if (state.turn.turnsBegun === 0) {
    const message = 'the caller has said nothing yet; the call cannot be ended before'
    return sequence(
      state,
      (now) => reportStarted(now, call),
      (now) => finishControlCall(now, call, { status: 'not_allowed', message }),
    )
  }
  // Another `end_call` that waits does not count: they would wait for each other.
  if (state.calls.some((other) => !other.answered && !other.orphaned && !isEndCall(other))) return withoutEffects(state)
  const output = '{"ok":true,"note":"the call ends when your last words have been heard, unless the caller goes on"}'
  return sequence(
    state,
    (now) => reportStarted(now, call),
    (now) => withoutEffects(withStage(now, call.callId, 'over')),
    (now) => answerCall(now, call.callId, { status: 'ok', output }),
    (now) =>
      endOnceHeard(now, {
        reason: 'the agent ended the call',
        cancellable: true,
        final: true,
        turn: call.turn,
        withinMs: Math.max(LAST_WORDS_MS, unheardMs(now) + GRACE_MS),
      }),
  )
}

/** Requests the voice once nothing is being said; the call is answered with what the service says. The next words are in the new voice. */
function setVoice(state: SessionState, call: Call): Step {
  if (state.sound.playing || isResponding(state.turn)) return withoutEffects(state)
  return sequence(
    state,
    (now) => reportStarted(now, call),
    (now) => withoutEffects(withStage(now, call.callId, 'running')),
    (now) => overrideVoice(now, requestedVoice(call)),
  )
}

function voiceOutcome({ config, phase }: SessionState, call: Call): ToolOutcome | null {
  const voice = requestedVoice(call)
  const { confirmed, own, sent, unconfirmed } = config
  if (phase !== 'live' || sent !== null) return null
  if (confirmed.agent.voice === voice) return { status: 'ok', output: JSON.stringify({ ok: true, voice }) }
  const isWanted = own.additions.overrides.some(({ field, value }) => field === 'voice' && value === voice)
  if (!isWanted) {
    const current = confirmed.agent.voice
    const message = `the voice is ${current}: the service refused ${voice}, or another voice was chosen since`
    return { status: 'failed', message }
  }
  if (unconfirmed === null) return null
  return { status: 'unavailable', message: `the service has not confirmed the voice ${voice} yet` }
}

function reportStarted(state: SessionState, call: Call): Step {
  const { name, callId, launch } = call
  return report({ type: 'tool.started', name, call_id: callId, arguments: launch?.parsedArguments ?? {} })(state)
}

function finishControlCall(state: SessionState, { callId, begunAt }: Call, outcome: ToolOutcome): Step {
  return finishCall(state, { callId, outcome, ms: msSince(state, begunAt) })
}

function requestedVoice({ launch }: Call): string {
  return valueText((launch?.parsedArguments as { voice?: unknown } | undefined)?.voice ?? '')
}
