import { resultOf } from '../books.ts'
import type { Invariants } from './invariant.ts'

/** Of tools, and of what the model is told of them. */
export const OF_CALLS: Invariants = {
  'no call is answered twice': ({ books }) => [...books.live.outputs.values()].every((outputs) => outputs <= 1),
  'no result from the background is told twice in one session': ({ books }) => {
    const told = books.live.items.flatMap(resultOf)
    return new Set(told).size === told.length
  },
  'no result from the background is told twice, in whatever sessions': ({ books }) =>
    [...books.told.values()].every((times) => times <= 1),
  'a call ends once': ({ books }) => [...books.ends.values()].every((times) => times <= 1),
  'a tool is run once for a call': ({ books }) => new Set(books.launched).size === books.launched.length,
  'a tool that waits for its turn runs once at a time': ({ state: { calls } }) =>
    calls.every(
      (call) =>
        call.stage !== 'running' ||
        call.launch?.tool.concurrency === 'allow' ||
        !calls.some((other) => other !== call && other.name === call.name && other.stage === 'running'),
    ),
  'no more tools run at once than may': ({ before, state, effects }) => {
    const running = state.calls.filter(({ stage, launch }) => stage === 'running' && launch?.tool.kind !== 'control')
    const limits = [before, state].map(({ config }) => config.confirmed.agent.limits.max_tool_calls_in_flight)
    return effects.every(({ type }) => type !== 'runTool') || running.length <= Math.max(...limits)
  },
  'what wants consent runs only after the caller has had a turn to give it': ({ books }) =>
    books.consents.missing.length === 0,
}
