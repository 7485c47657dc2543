import { isManual } from '../../../src/session/caller/caller-sound.ts'
import { WORDS_MAX } from '../../../src/session/response/report-words.ts'
import type { SessionState } from '../../../src/session/state.ts'
import { resultsIn } from '../background-results.ts'
import { count, type Invariants } from './invariant.ts'

/** On responses: what the agent is asked to say, and when. */
export const RESPONSE_INVARIANTS: Invariants = {
  'at most one response is active': ({ state, effects, observer }) => {
    const creates = count(effects, 'response.create')
    const begun = observer.live.responses.filter((id) => !state.turn.endedIds.includes(id))
    return creates <= 1 && (creates === 0 || (begun.length === 0 && observer.live.pendingCreates.length <= 1))
  },
  'while a call waits for its output, only a filler is requested': ({ effects, observer }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'response.create' ||
        effect.event.response.instructions?.includes('One moment.') ||
        !observer.live.isOutputMissing,
    ),
  'only a response not known to have ended is cancelled': ({ before: { turn: before }, state: { turn }, effects }) => {
    const ended = turn.endedIds.filter((id) => !before.endedIds.includes(id))
    const running = [...[...before.responses, ...turn.responses].map(({ id }) => id), ...ended]
    return effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'response.cancel' ||
        effect.event.response_id === undefined ||
        running.includes(effect.event.response_id),
    )
  },
  'a conversation is greeted once': ({ observer }) => observer.greetings <= 1,
  'a later session does not greet a caller the agent has spoken to': ({ effects, observer }) =>
    !observer.hasSpokenBefore ||
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'response.create' ||
        !observer.live.isGreeting(effect.event.event_id),
    ),
  'a background result is sent with one request for a response, except in a replay': ({ state, effects }) =>
    resultsIn(effects).length === 0 || state.phase === 'replaying' || count(effects, 'response.create') === 1,
  'a background result alone is requested neither over the caller nor before their turn is answered': ({
    state,
    effects,
  }) =>
    resultsIn(effects).length === 0 ||
    state.turn.requested?.causes.join() !== 'result' ||
    (!state.turn.callerSpeaking && !state.turn.answerExpected),
  'a filler is said into silence, and only while a tool runs': ({ state, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'response.create' ||
        !effect.event.response.instructions?.includes('One moment.') ||
        (!state.turn.callerSpeaking && !state.sound.playing && state.calls.some(({ answered }) => !answered)),
    ),
  'a follow-up or wrap-up waits for playback to run out, or for the end of that wait': ({ before, state, effects }) =>
    count(effects, 'response.create') === 0 ||
    !(state.turn.requested?.causes ?? ['text']).every((cause) => ['tool', 'result', 'wrap up'].includes(cause)) ||
    !state.sound.playing ||
    before.turn.drainWait === 'running',
  'the caller is told once that time is nearly over': ({ before, state, observer }) =>
    observer.wrapUps.size === 0 ||
    state.turn.requested === before.turn.requested ||
    !state.turn.requested?.causes.includes('wrap up'),
  'nothing is requested while the caller holds the button to speak': ({ state, effects }) =>
    count(effects, 'response.create') === 0 || !state.turn.callerSpeaking || !isManual(state),
  'nothing is requested after the agent has ended the call': ({ before, state, effects }) =>
    before.lifetime.pendingEnd?.final !== true ||
    state.lifetime.pendingEnd === null ||
    effects.every((effect) => effect.type !== 'send' || effect.event.type !== 'response.create'),
  'the caller’s words are reported before the answer to them, unless too many answers wait': ({
    before,
    state,
    effects,
  }) =>
    state.phase !== 'live' ||
    [before, state].some(({ turn }) => turn.words.length >= WORDS_MAX) ||
    effects.every(
      (effect) =>
        effect.type !== 'report' ||
        (effect.report.type !== 'agent.transcript' && effect.report.type !== 'agent.transcript.delta') ||
        !isOpen(state, effect.report.turn),
    ),
}

function isOpen({ record }: SessionState, turn: number): boolean {
  return record.some((entry) => entry.kind === 'caller' && entry.turn === turn && entry.state === 'open')
}
