import type { Agent } from '../../agent/agent.ts'
import type { Generation } from '../../session/generation.ts'
import type { Report } from '../../session/report.ts'
import { type ConversationPorts, openConversation } from '../conversation.ts'

/** What the service said to a generation in a session without a caller. */
export type ProbeResult =
  | { readonly kind: 'confirmed'; readonly ms: number }
  | { readonly kind: 'refused'; readonly refusal: Extract<Report, { type: 'reload.refused' }> }
  | { readonly kind: 'unknown'; readonly message: string }

/** How long the service may take to answer, connecting included, in ms. */
const PROBE_MS = 15_000

/** Opens a session with all settings and closes it at the service's answer. It sends no sound and says nothing. */
export function probe(
  generation: Generation,
  connect: ConversationPorts['connect'],
): { readonly answer: Promise<ProbeResult>; stop(): void } {
  const { number, agent } = generation
  const answered = Promise.withResolvers<ProbeResult>()
  const limit = setTimeout(() => end({ kind: 'unknown', message: 'it did not answer in time' }), PROBE_MS)
  const conversation = openConversation(
    { name: `probe-${number}`, generation: { number, agent: withoutGreeting(agent) } },
    {
      connect,
      runTool: () => ({ finished: new Promise(() => {}), cancel() {} }),
      useServers() {},
      sound: { open() {}, play() {}, pause() {}, resume() {}, clear() {} },
      onReport: handleReport,
      onRest() {},
      onClosed: ({ reason }) => answered.resolve({ kind: 'unknown', message: reason }),
    },
  )

  function handleReport(report: Report): void {
    if (report.type === 'session.ready') end({ kind: 'confirmed', ms: report.ms })
    if (report.type === 'reload.refused' && report.certain) end({ kind: 'refused', refusal: report })
  }

  function end(result: ProbeResult): void {
    answered.resolve(result)
    conversation.stop(false)
  }

  return {
    answer: answered.promise.finally(() => clearTimeout(limit)),
    stop: () => end({ kind: 'unknown', message: 'the runner ends' }),
  }
}

/** Removes the greeting: nobody is there to hear it. */
function withoutGreeting({ greeting: _greeting, ...agent }: Agent): Agent {
  return agent
}
