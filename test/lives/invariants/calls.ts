import { resultOf } from '../background-results.ts'
import type { Invariants } from './invariant.ts'

/** On tool calls, and what the model is sent of them. */
export const CALL_INVARIANTS: Invariants = {
  'no call is answered twice': ({ observer }) =>
    [...observer.live.answers.values()].every(({ made, outputs }) => outputs <= made.size),
  'no background result is sent twice in one session': ({ observer }) => {
    const results = observer.live.items.flatMap(resultOf)
    return new Set(results).size === results.length
  },
  'no background result is sent as new twice, in any sessions': ({ observer }) =>
    [...observer.delivered.values()].every((times) => times <= 1),
  'a call ends at most once': ({ observer }) => [...observer.ends.values()].every((times) => times <= 1),
  'a call is reported as started once, before its end': ({ observer }) =>
    new Set(observer.started).size === observer.started.length && observer.startedLate.length === 0,
  'a tool that is run is reported as started in the same step': ({ effects, observer }) =>
    effects.every((effect) => effect.type !== 'runTool' || observer.started.includes(effect.callId)),
  'a call runs its tool at most once': ({ observer }) => new Set(observer.toolsRun).size === observer.toolsRun.length,
  'a queued tool is run only when no other call of it runs': ({ state: { calls }, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'runTool' ||
        effect.tool.concurrency === 'allow' ||
        calls.every(({ callId, name, stage }) => {
          return stage !== 'running' || name !== effect.tool.name || callId === effect.callId
        }),
    ),
  'no more tools run at once than the limit allows': ({ before, state, effects }) => {
    const running = state.calls.filter(({ stage, launch }) => stage === 'running' && launch?.tool.kind !== 'control')
    const limits = [before, state].map(({ config }) => config.confirmed.agent.limits.max_tool_calls_in_flight)
    return effects.every(({ type }) => type !== 'runTool') || running.length <= Math.max(...limits)
  },
  'a tool that needs consent runs only after the caller had a turn to give it': ({ observer }) =>
    observer.consents.runWithoutConsent.length === 0,
}
