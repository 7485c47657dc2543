import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createFanOut } from '../../src/runner/sinks/fan-out.ts'
import { metricsSink } from '../../src/runner/sinks/metrics-sink.ts'
import type { Report, ReportBody } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

const NO_PARTS = { detection: null, commit: null, response: null, tools: null, generation: null, playback: null }
const generation = { number: 1, agent: { ...agentWith(), hash: 'abcdef0123456789' } }

type TestReport = ReportBody & { readonly conversation?: string; readonly offered?: number | null }

function reportOf(report: TestReport): Report {
  return { t: 0, conversation: 'main', generation: 1, ...report } as Report
}

/** The metrics after these reports, without those of the process. */
async function metricsAfter(reports: readonly TestReport[]): Promise<readonly string[]> {
  const sink = metricsSink(['desk'])
  const fan = createFanOut([sink], (_name, message) => expect.fail(message))
  for (const report of reports) fan.report(reportOf(report), generation)
  await fan.close()
  const { body } = await sink.read()
  return body.split('\n').filter((line) => line.startsWith('runner_'))
}

test('conversations are counted while they are open, and by how they ended', async () => {
  const metrics = await metricsAfter([
    { type: 'session.ready', ms: 1, conversation: 'a' },
    { type: 'session.ready', ms: 1, conversation: 'b' },
    { type: 'session.ready', ms: 1, conversation: 'c' },
    { type: 'session.ready', ms: 1, conversation: 'c' },
    { type: 'session.closed', reason: 'stopped', code: null, failed: false, conversation: 'a' },
    { type: 'session.closed', reason: 'lost', code: 1006, failed: true, conversation: 'b' },
  ])
  expect(metrics).toContain('runner_conversations{agent="desk"} 1')
  expect(metrics).toContain('runner_conversations_ended_total{agent="desk",outcome="asked for"} 1')
  expect(metrics).toContain('runner_conversations_ended_total{agent="desk",outcome="failed"} 1')
})

test('series labelled by agent alone exist with the value 0 before anything happens', async () => {
  const metrics = await metricsAfter([])
  expect(metrics).toEqual([
    'runner_conversations{agent="desk"} 0',
    'runner_conversations_ended_total{agent="desk",outcome="asked for"} 0',
    'runner_conversations_ended_total{agent="desk",outcome="failed"} 0',
    'runner_interruptions_total{agent="desk"} 0',
    'runner_false_interruptions_total{agent="desk"} 0',
    'runner_troubles_total{agent="desk",kind="warning"} 0',
    'runner_troubles_total{agent="desk",kind="error"} 0',
  ])
})

test("a latency is labelled with the agent's content, and recorded in its parts", async () => {
  const parts = { ...NO_PARTS, detection: 200, generation: 450 }
  const metrics = await metricsAfter([{ type: 'turn.latency', after: 'speech', ms: 650, parts }])
  const labels = 'agent="desk",generation="abcdef01",after="speech"'
  expect(metrics).toContain(`runner_turn_wait_seconds_sum{${labels}} 0.65`)
  expect(metrics).toContain(`runner_turn_wait_seconds_bucket{le="0.6",${labels}} 0`)
  expect(metrics).toContain(`runner_turn_wait_seconds_bucket{le="0.7",${labels}} 1`)
  expect(metrics).toContain('runner_turn_wait_part_seconds_sum{agent="desk",part="detection"} 0.2')
  expect(metrics.filter((line) => line.includes('part="tools"'))).toEqual([])
})

test('an interruption after which the agent resumes counts as false', async () => {
  const metrics = await metricsAfter([
    { type: 'agent.playback', state: 'paused' },
    { type: 'agent.playback', state: 'resumed' },
    { type: 'agent.playback', state: 'paused' },
    { type: 'agent.transcript', text: 'This is', interrupted: true, response_id: 'r', turn: 1 },
  ])
  expect(metrics).toContain('runner_false_interruptions_total{agent="desk"} 1')
  expect(metrics).toContain('runner_interruptions_total{agent="desk"} 1')
})

test('an answer that had come whole counts as interrupted, once, when what was heard of it is reported', async () => {
  const answer = (response_id: string) => ({ text: 'This is', response_id, turn: 1 }) as const
  const metrics = await metricsAfter([
    { type: 'agent.transcript', ...answer('a') },
    { type: 'agent.transcript', ...answer('b') },
    { type: 'agent.heard', ...answer('b'), ms: 200, item_id: 'one' },
    { type: 'agent.heard', ...answer('b'), ms: 0, item_id: 'two' },
    { type: 'agent.transcript', ...answer('c'), interrupted: true },
    { type: 'agent.heard', ...answer('c'), ms: 0, item_id: 'three' },
    { type: 'agent.heard', ...answer('c'), ms: 0, item_id: 'three', conversation: 'other' },
  ])
  expect(metrics).toContain('runner_interruptions_total{agent="desk"} 3')
})

test('edits are counted by outcome', async () => {
  const edit = { offered: 2, fields: ['voice'] } as const
  const metrics = await metricsAfter([
    { type: 'reload.applied', ...edit, changes: [], ms: 300, ms_wire: 200 },
    { type: 'reload.deferred', ...edit, reason: 'it waits' },
    { type: 'reload.deferred', ...edit, reason: 'it waits' },
  ])
  expect(metrics).toContain('runner_reloads_total{agent="desk",outcome="applied"} 1')
  expect(metrics).toContain('runner_reloads_total{agent="desk",outcome="deferred"} 2')
  expect(metrics).toContain('runner_reload_seconds_sum{agent="desk"} 0.3')
})

test('a tool name made up by the model is not used as a label', async () => {
  const call = { type: 'tool.finished', call_id: 'c', ms: 40, output: '' } as const
  const metrics = await metricsAfter([
    { ...call, name: 'lookup', status: 'ok' },
    { ...call, name: 'madeUpByTheModel', status: 'unknown_tool' },
  ])
  expect(metrics).toContain('runner_tool_seconds_count{agent="desk",tool="lookup",status="ok"} 1')
  expect(metrics).toContain('runner_tool_seconds_count{agent="desk",tool="unknown",status="unknown_tool"} 1')
})

test('text and audio tokens add up to the total, and cached ones are not counted twice', async () => {
  const usage = { input_tokens: 100, cached_tokens: 60, input_audio_tokens: 30, output_tokens: 20 }
  const metrics = await metricsAfter([
    { type: 'response.finished', response_id: 'r', status: 'completed', model: 'm', under: 1, usage },
    { type: 'response.finished', response_id: 'r', status: 'cancelled', model: 'm', under: 1, usage: null },
    { type: 'transcription.finished', model: 's', usage: { seconds: 2.5 } },
  ])
  const tokens = 'runner_tokens_total{agent="desk",model="m"'
  expect(metrics).toContain(`${tokens},direction="input",kind="text"} 70`)
  expect(metrics).toContain(`${tokens},direction="input",kind="audio"} 30`)
  expect(metrics).toContain(`${tokens},direction="output",kind="text"} 20`)
  expect(metrics).toContain('runner_cached_tokens_total{agent="desk",model="m"} 60')
  expect(metrics).toContain('runner_responses_total{agent="desk",model="m",status="cancelled"} 1')
  expect(metrics).toContain('runner_transcription_seconds_total{agent="desk",model="s"} 2.5')
})

test('latency series are kept for the last 20 generations only', async () => {
  const sink = metricsSink(['desk'])
  const report = reportOf({ type: 'turn.latency', after: 'text', ms: 5, parts: NO_PARTS })
  for (let number = 10; number < 40; number += 1)
    await sink.take(report, { number, agent: { ...agentWith(), hash: `no${number}` } })
  const { body } = await sink.read()
  expect(body.match(/^runner_turn_wait_seconds_count/gm)).toHaveLength(20)
  expect(body).not.toContain('generation="no19"')
  expect(body).toContain('generation="no20"')
})

test('the latency series of a generation in use is never dropped', async () => {
  const wait = { type: 'turn.latency', after: 'text', ms: 5, parts: NO_PARTS } as const
  const metrics = await metricsAfter(Array.from({ length: 30 }, () => wait))
  expect(metrics).toContain('runner_turn_wait_seconds_count{agent="desk",generation="abcdef01",after="text"} 30')
  expect(metrics.filter((line) => line.startsWith('runner_tool'))).toEqual([])
})

test('docs/metrics.md names every metric, its kind and its labels', async () => {
  const { body } = await metricsSink(['desk']).read()
  const kinds = [...body.matchAll(/^# TYPE (runner_\w+) (\w+)$/gm)].map(([, name, kind]) => `${name} ${kind}`)
  const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const documented = [...docs.matchAll(/^\| `(runner_\w+)` \| (\w+) \|/gm)].map(([, name, kind]) => `${name} ${kind}`)
  expect(documented).toEqual(kinds)
})
