import type { SessionState } from '../../../src/session/state.ts'
import { resultsIn } from '../books.ts'
import { count, type Invariants } from './invariant.ts'

/** Of what the agent is asked to say, and when. */
export const OF_ANSWERS: Invariants = {
  'one active response': ({ state, effects, books }) => {
    const creates = count(effects, 'response.create')
    const begun = books.live.responses.filter((id) => !state.turn.endedIds.includes(id))
    return creates <= 1 && (creates === 0 || (begun.length === 0 && books.live.creates.length <= 1))
  },
  'no answer is asked for while a call waits for its output, but words to pass the time': ({ effects, books }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'response.create' ||
        effect.event.response.instructions?.includes('One moment.') ||
        [...books.live.outputs.values()].every((outputs) => outputs > 0),
    ),
  'only what is not known to be over is cancelled': ({ before: { turn: before }, state: { turn }, effects }) => {
    const running = [...[...before.responses, ...turn.responses].map(({ id }) => id), ...turn.endedIds.slice(-1)]
    return effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'response.cancel' ||
        effect.event.response_id === undefined ||
        (running.includes(effect.event.response_id) && !before.endedIds.includes(effect.event.response_id)),
    )
  },
  'a conversation is greeted once': ({ books }) => books.greetings <= 1,
  'nobody is greeted in a later session to whom the agent has spoken before': ({ effects, books }) =>
    !books.hasSpokenBefore ||
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'response.create' ||
        !books.live.isGreeting(effect.event.event_id),
    ),
  'a result from the background goes in with the one order to tell it, unless it is told as what was said before': ({
    state,
    effects,
  }) => resultsIn(effects).length === 0 || state.phase === 'replaying' || count(effects, 'response.create') === 1,
  'a result alone is told neither over the caller nor before his turn has its answer': ({ state, effects }) =>
    resultsIn(effects).length === 0 ||
    state.turn.requested?.causes.join() !== 'result' ||
    (!state.turn.callerSpeaking && !state.turn.answerExpected),
  'words to pass the time are said into silence, and only while a tool runs': ({ state, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'response.create' ||
        !effect.event.response.instructions?.includes('One moment.') ||
        (!state.turn.callerSpeaking && !state.sound.playing && state.calls.some(({ answered }) => !answered)),
    ),
  'what a tool found, or that the end is near, is told once playback has run out, or has been waited for long enough':
    ({ before, state, effects }) =>
      count(effects, 'response.create') === 0 ||
      !(state.turn.requested?.causes ?? ['text']).every((cause) => ['tool', 'result', 'wrap up'].includes(cause)) ||
      !state.sound.playing ||
      before.turn.drainWait === 'running',
  'nothing is said after the agent has ended the call': ({ before, state, effects }) =>
    before.lifetime.pendingEnd?.final !== true ||
    state.lifetime.pendingEnd === null ||
    effects.every((effect) => effect.type !== 'send' || effect.event.type !== 'response.create'),
  'the caller’s words stand before the answer to them': ({ state, effects }) =>
    state.phase !== 'live' ||
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
