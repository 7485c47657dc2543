import { expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { parseFaults } from '../../src/emulator/faults/parse-faults.ts'
import type { Report } from '../../src/session/report.ts'
import { tone } from '../emulator/talk.ts'
import { agentWith } from '../helpers/agents.ts'
import { lookup, rehearse } from './rehearsal.ts'

const agent = agentWith({ greeting: 'Hi, this is Nora.', tools: [lookup] })

/** A rehearsal with these faults, named as on a command line. */
async function rehearseFaults(
  orders: readonly string[],
  { agent: tested = agent, captions = [] as readonly string[] } = {},
) {
  const faults = parseFaults(orders)
  if (typeof faults === 'string') throw new Error(faults)
  const run = await rehearse(tested, { captions, faults }, 'clock')
  const { dispatch } = run.conversation
  return {
    ...run,
    dispatch,
    type: (text: string) => dispatch({ type: 'caller.text', text }),
    /** A second of sound, and one of silence. */
    speak() {
      for (const amplitude of [0.3, 0])
        dispatch({ type: 'caller.audio', audio: new Uint8Array(tone(1_000, 24_000, amplitude).buffer) })
    },
    story: () => run.reports.flatMap(asLines),
  }
}

/** What is reported, the agent's words by their beginning. */
function asLines(report: Report): readonly string[] {
  switch (report.type) {
    case 'caller.transcript':
      return report.final ? [`caller: ${report.text}`] : []
    case 'agent.transcript':
      return [`agent: ${report.text.slice(0, 40)}`]
    case 'tool.started':
      return [`tool: ${JSON.stringify(report.arguments)}`]
    case 'error':
    case 'warning':
      return [`${report.type}: ${report.message.replace(/[\d.]+ s$/, 'a while')}`]
    default:
      return []
  }
}

const GREETED = 'agent: Hi, this is Nora.'
const ASKED = [
  ...['caller: where is order A-1042?', 'tool: {"order_number":"A-1042"}'],
  'agent: Here is what lookup_order found: order n',
]
const DRIFTS = [
  ...['unasked-updates', 'bare-errors', 'late-deltas', 'own-follow-ups', 'nameless-calls', 'double-text'],
  ...['empty-audio', 'beta-names', 'created-twice', 'late-speech', 'manual-speech', 'turn-suggestions'],
  ...['transcript-pieces', 'ping'],
]

test.each([
  ...DRIFTS.map((drift) => ({ name: drift, orders: [drift] })),
  { name: 'nothing', orders: [] },
  { name: 'all of it', orders: DRIFTS },
])('a conversation goes the same way when the service deviates from the protocol: $name', async ({ orders }) => {
  const captions = ['where is order B-2077?', 'stop there please']
  const { type, speak, reported, story } = await rehearseFaults(orders, { captions })
  await reported('agent.transcript')
  type('where is order A-1042?')
  for (const answers of [2, 3]) {
    await reported('agent.transcript', answers)
    speak()
  }
  await reported('agent.transcript', 4)
  expect(story()).toEqual([
    ...[GREETED, ...ASKED],
    ...['caller: where is order B-2077?', 'tool: {"order_number":"B-2077"}', ASKED[2]],
    ...['caller: stop there please', 'agent: This is a rehearsal without a model: I f'],
  ])
})

test('with manual turn detection, speech events of the service are ignored', async () => {
  const manual: Agent = agentWith({ tools: [lookup], turn_detection: { type: 'manual' } })
  const { dispatch, speak, reported, reports, story } = await rehearseFaults(['manual-speech'], {
    agent: manual,
    captions: ['where is order A-1042?'],
  })
  await reported('session.ready')
  dispatch({ type: 'caller.pressed' })
  speak()
  speak()
  dispatch({ type: 'caller.committed' })
  await reported('agent.transcript')
  expect(story()).toEqual(ASKED)
  expect(reports.filter(({ type }) => type === 'caller.speech')).toEqual([])
})

test("an answer that begins before the caller's transcript arrives is reported after that transcript", async () => {
  const { speak, reported, story } = await rehearseFaults(['late-transcripts=300'], { captions: ['what can you do'] })
  await reported('agent.transcript')
  speak()
  await reported('agent.transcript', 2)
  expect(story()).toEqual([GREETED, 'caller: what can you do', 'agent: This is a rehearsal without a model: I f'])
})

test('a setting that the service ignores is reported as a warning', async () => {
  const fast = agentWith({ tts: { model: 'inworld-tts-2', speed: 1.5 } })
  const { reported } = await rehearseFaults(['pass-over=audio.output.speed'], { agent: fast })
  await reported('session.ready')
  expect(await reported('warning')).toMatchObject({
    message: 'tts.speed: asked for 1.5, the service shows 1',
  })
})

test('the agent speaks to a silent caller if idle_timeout_ms is set', async () => {
  const patient = agentWith({
    output_modalities: ['text'],
    turn_detection: { type: 'server_vad', idle_timeout_ms: 300, create_response: true, interrupt_response: true },
  })
  const { type, reported, reports, story } = await rehearseFaults([], { agent: patient })
  await reported('session.ready')
  type('hello')
  await reported('agent.transcript', 2)
  expect(story().slice(0, 2)).toEqual(['caller: hello', 'agent: This is a rehearsal without a model: I f'])
  expect(reports.filter((report) => report.type === 'error' || report.type === 'warning')).toEqual([])
})

test('a revised transcript is reported again', async () => {
  const { speak, reported, story } = await rehearseFaults(['revised-transcripts'], {
    captions: ['where is order A-1042?'],
  })
  await reported('agent.transcript')
  speak()
  await reported('agent.transcript', 2)
  expect(story()).toEqual([GREETED, 'caller: where is order', ...ASKED])
})

test.each([
  ['exhausted', ['warning: the service has no room: No sessions are left.; trying again in a while', GREETED]],
  ['refuse=429:2', [...twice('the service is busy (HTTP 429): Too Many Requests'), GREETED]],
])('a conversation starts after retrying, and the caller is answered: %s', async (order, beginning) => {
  const { type, reported, story } = await rehearseFaults([order])
  await reported('agent.transcript')
  type('where is order A-1042?')
  await reported('agent.transcript', 2)
  expect(story().sort()).toEqual([...beginning, ...ASKED].sort())
})

test.each([
  ['refuse-updates', 'the service refused the settings: Refused on order.'],
  [
    'refuse-setting=audio.output.voice',
    "the service refused the settings (voice): Unsupported value for 'session.audio.output.voice'.",
  ],
  ['refuse=402', 'the service refused the connection (HTTP 402): Payment Required'],
])('a conversation that cannot start ends with the reason: %s', async (order, reason) => {
  const { reported } = await rehearseFaults([order])
  expect(await reported('session.closed')).toMatchObject({ reason, failed: true })
})

test('a dropped connection is reopened, and the caller is answered on the new one', async () => {
  const { type, reported, story } = await rehearseFaults(['close=9:1011'])
  await reported('session.ready', 2)
  type('where is order A-1042?')
  await reported('tool.finished')
  await reported('agent.transcript', 2)
  const lost = 'warning: the connection was lost: the connection closed (code 1011); trying again in a while'
  expect(story()).toEqual(expect.arrayContaining([lost, ...ASKED]))
})

test('a failed response is reported, and the next question is answered', async () => {
  const { type, reported, story } = await rehearseFaults(['fail'])
  await reported('error')
  type('where is order A-1042?')
  await reported('agent.transcript')
  expect(story()).toEqual(['error: the answer failed: upstream model failed', ...ASKED])
})

function twice(what: string): readonly string[] {
  return [1, 2].map(() => `warning: ${what}; trying again in a while`)
}
