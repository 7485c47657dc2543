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
  'a call is told to have begun once, before its end': ({ books }) =>
    new Set(books.begun).size === books.begun.length && books.begunLate.length === 0,
  'whatever is run is told to have begun, in the same step': ({ effects, books }) =>
    effects.every((effect) => effect.type !== 'runTool' || books.begun.includes(effect.callId)),
  'a tool is run once for a call': ({ books }) => new Set(books.launched).size === books.launched.length,
  'a tool that waits for its turn is begun once no other call of it runs': ({ state: { calls }, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'runTool' ||
        effect.tool.concurrency === 'allow' ||
        calls.every(({ callId, name, stage }) => {
          return stage !== 'running' || name !== effect.tool.name || callId === effect.callId
        }),
    ),
  'no more tools run at once than may': ({ before, state, effects }) => {
    const running = state.calls.filter(({ stage, launch }) => stage === 'running' && launch?.tool.kind !== 'control')
    const limits = [before, state].map(({ config }) => config.confirmed.agent.limits.max_tool_calls_in_flight)
    return effects.every(({ type }) => type !== 'runTool') || running.length <= Math.max(...limits)
  },
  'what wants consent runs only after the caller has had a turn to give it': ({ books }) =>
    books.consents.missing.length === 0,
}
