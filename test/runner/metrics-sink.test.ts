import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createFanOut } from '../../src/runner/sinks/fan-out.ts'
import { metricsSink } from '../../src/runner/sinks/metrics-sink.ts'
import type { Report, ReportBody } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

const NO_PARTS = { detection: null, commit: null, response: null, tools: null, generation: null, playback: null }
const generation = { number: 1, agent: { ...agentWith(), hash: 'abcdef0123456789' } }

type Told = ReportBody & { readonly conversation?: string; readonly offered?: number | null }

function reportOf(told: Told): Report {
  return { t: 0, conversation: 'main', generation: 1, ...told } as Report
}

/** The figures after these reports, without those of the process. */
async function figuresAfter(reports: readonly Told[]): Promise<readonly string[]> {
  const sink = metricsSink(['desk'])
  const fan = createFanOut([sink], (_name, message) => expect.fail(message))
  for (const told of reports) fan.report(reportOf(told), generation)
  await fan.close()
  const { body } = await sink.read()
  return body.split('\n').filter((line) => line.startsWith('runner_'))
}

test('conversations are counted while they are held, and by how they ended', async () => {
  const figures = await figuresAfter([
    { type: 'session.ready', ms: 1, conversation: 'a' },
    { type: 'session.ready', ms: 1, conversation: 'b' },
    { type: 'session.ready', ms: 1, conversation: 'c' },
    { type: 'session.ready', ms: 1, conversation: 'c' },
    { type: 'session.closed', reason: 'stopped', code: null, failed: false, conversation: 'a' },
    { type: 'session.closed', reason: 'lost', code: 1006, failed: true, conversation: 'b' },
  ])
  expect(figures).toContain('runner_conversations{agent="desk"} 1')
  expect(figures).toContain('runner_conversations_ended_total{agent="desk",outcome="asked for"} 1')
  expect(figures).toContain('runner_conversations_ended_total{agent="desk",outcome="failed"} 1')
})

test('what is counted for an agent alone is there, with 0, before anything happens', async () => {
  const figures = await figuresAfter([])
  expect(figures).toEqual([
    'runner_conversations{agent="desk"} 0',
    'runner_conversations_ended_total{agent="desk",outcome="asked for"} 0',
    'runner_conversations_ended_total{agent="desk",outcome="failed"} 0',
    'runner_interruptions_total{agent="desk"} 0',
    'runner_false_interruptions_total{agent="desk"} 0',
    'runner_troubles_total{agent="desk",kind="warning"} 0',
    'runner_troubles_total{agent="desk",kind="error"} 0',
  ])
})

test('a wait is told by the content it happened under, and in its parts', async () => {
  const parts = { ...NO_PARTS, detection: 200, generation: 450 }
  const figures = await figuresAfter([{ type: 'turn.latency', after: 'speech', ms: 650, parts }])
  const labels = 'agent="desk",generation="abcdef01",after="speech"'
  expect(figures).toContain(`runner_turn_wait_seconds_sum{${labels}} 0.65`)
  expect(figures).toContain(`runner_turn_wait_seconds_bucket{le="0.6",${labels}} 0`)
  expect(figures).toContain(`runner_turn_wait_seconds_bucket{le="0.7",${labels}} 1`)
  expect(figures).toContain('runner_turn_wait_part_seconds_sum{agent="desk",part="detection"} 0.2')
  expect(figures.filter((line) => line.includes('part="tools"'))).toEqual([])
})

test('a false interruption is one that the agent goes on after', async () => {
  const figures = await figuresAfter([
    { type: 'agent.playback', state: 'paused' },
    { type: 'agent.playback', state: 'resumed' },
    { type: 'agent.playback', state: 'paused' },
    { type: 'agent.transcript', text: 'This is', interrupted: true, response_id: 'r', turn: 1 },
  ])
  expect(figures).toContain('runner_false_interruptions_total{agent="desk"} 1')
  expect(figures).toContain('runner_interruptions_total{agent="desk"} 1')
})

test('an edit is counted by what became of it', async () => {
  const edit = { offered: 2, fields: ['voice'] } as const
  const figures = await figuresAfter([
    { type: 'reload.applied', ...edit, changes: [], ms: 300, ms_wire: 200 },
    { type: 'reload.deferred', ...edit, reason: 'it waits' },
    { type: 'reload.deferred', ...edit, reason: 'it waits' },
  ])
  expect(figures).toContain('runner_reloads_total{agent="desk",outcome="applied"} 1')
  expect(figures).toContain('runner_reloads_total{agent="desk",outcome="deferred"} 2')
  expect(figures).toContain('runner_reload_seconds_sum{agent="desk"} 0.3')
})

test('a name that the model made up is no label', async () => {
  const call = { type: 'tool.finished', call_id: 'c', ms: 40, output: '' } as const
  const figures = await figuresAfter([
    { ...call, name: 'lookup', status: 'ok' },
    { ...call, name: 'madeUpByTheModel', status: 'unknown_tool' },
  ])
  expect(figures).toContain('runner_tool_seconds_count{agent="desk",tool="lookup",status="ok"} 1')
  expect(figures).toContain('runner_tool_seconds_count{agent="desk",tool="unknown",status="unknown_tool"} 1')
})

test('tokens of text and sound add up to the whole, and cached ones are not counted twice', async () => {
  const usage = { input_tokens: 100, cached_tokens: 60, input_audio_tokens: 30, output_tokens: 20 }
  const figures = await figuresAfter([
    { type: 'response.finished', response_id: 'r', status: 'completed', model: 'm', under: 1, usage },
    { type: 'response.finished', response_id: 'r', status: 'cancelled', model: 'm', under: 1, usage: null },
    { type: 'transcription.finished', model: 's', usage: { seconds: 2.5 } },
  ])
  const tokens = 'runner_tokens_total{agent="desk",model="m"'
  expect(figures).toContain(`${tokens},direction="input",kind="text"} 70`)
  expect(figures).toContain(`${tokens},direction="input",kind="audio"} 30`)
  expect(figures).toContain(`${tokens},direction="output",kind="text"} 20`)
  expect(figures).toContain('runner_cached_tokens_total{agent="desk",model="m"} 60')
  expect(figures).toContain('runner_responses_total{agent="desk",model="m",status="cancelled"} 1')
  expect(figures).toContain('runner_transcription_seconds_total{agent="desk",model="s"} 2.5')
})

test('a day of editing keeps the figures of the last contents only', async () => {
  const sink = metricsSink(['desk'])
  const report = reportOf({ type: 'turn.latency', after: 'text', ms: 5, parts: NO_PARTS })
  for (let number = 10; number < 40; number += 1)
    await sink.take(report, { number, agent: { ...agentWith(), hash: `no${number}` } })
  const { body } = await sink.read()
  expect(body.match(/^runner_turn_wait_seconds_count/gm)).toHaveLength(20)
  expect(body).not.toContain('generation="no19"')
  expect(body).toContain('generation="no20"')
})

test('the figures of a content stay for as long as it is in use, and a wait is none of a tool', async () => {
  const wait = { type: 'turn.latency', after: 'text', ms: 5, parts: NO_PARTS } as const
  const figures = await figuresAfter(Array.from({ length: 30 }, () => wait))
  expect(figures).toContain('runner_turn_wait_seconds_count{agent="desk",generation="abcdef01",after="text"} 30')
  expect(figures.filter((line) => line.startsWith('runner_tool'))).toEqual([])
})

test('docs/metrics.md names every metric, its kind and its labels', async () => {
  const { body } = await metricsSink(['desk']).read()
  const kinds = [...body.matchAll(/^# TYPE (runner_\w+) (\w+)$/gm)].map(([, name, kind]) => `${name} ${kind}`)
  const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const told = [...docs.matchAll(/^\| `(runner_\w+)` \| (\w+) \|/gm)].map(([, name, kind]) => `${name} ${kind}`)
  expect(told).toEqual(kinds)
})
