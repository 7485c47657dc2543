import { expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { parseFaults } from '../../src/emulator/faults/parse-faults.ts'
import type { Report } from '../../src/session/report.ts'
import { tone } from '../emulator/talk.ts'
import { agentWith } from '../helpers/agents.ts'
import { lookup, rehearse } from './rehearsal.ts'

const agent = agentWith({ greeting: 'Hi, this is Nora.', tools: [lookup] })

/** A rehearsal with these faults, as they are named on a command line. */
async function badDay(orders: readonly string[], { of = agent, captions = [] as readonly string[] } = {}) {
  const faults = parseFaults(orders)
  if (typeof faults === 'string') throw new Error(faults)
  const day = await rehearse(of, { captions, faults }, 'clock')
  const { dispatch } = day.conversation
  return {
    ...day,
    tell: dispatch,
    type: (text: string) => dispatch({ type: 'caller.text', text }),
    /** A second of sound, and one of silence. */
    speak() {
      for (const amplitude of [0.3, 0])
        dispatch({ type: 'caller.audio', audio: new Uint8Array(tone(1_000, 24_000, amplitude).buffer) })
    },
    story: () => day.reports.flatMap(inWords),
  }
}

/** What is told outside, the agent's words by their beginning. */
function inWords(report: Report): readonly string[] {
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
])('what is typed, asked of a tool, said aloud and said over the agent is the same with $name', async ({ orders }) => {
  const captions = ['where is order B-2077?', 'stop there please']
  const { type, speak, reported, story } = await badDay(orders, { captions })
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

test('where the caller ends his turns himself, what the service hears of them is nothing', async () => {
  const manual: Agent = agentWith({ tools: [lookup], turn_detection: { type: 'manual' } })
  const { tell, speak, reported, reports, story } = await badDay(['manual-speech'], {
    of: manual,
    captions: ['where is order A-1042?'],
  })
  await reported('session.ready')
  tell({ type: 'caller.pressed' })
  speak()
  speak()
  tell({ type: 'caller.committed' })
  await reported('agent.transcript')
  expect(story()).toEqual(ASKED)
  expect(reports.filter(({ type }) => type === 'caller.speech')).toEqual([])
})

test('an answer that begins before the words that it answers are known is told behind them', async () => {
  const { speak, reported, story } = await badDay(['late-transcripts=300'], { captions: ['what can you do'] })
  await reported('agent.transcript')
  speak()
  await reported('agent.transcript', 2)
  expect(story()).toEqual([GREETED, 'caller: what can you do', 'agent: This is a rehearsal without a model: I f'])
})

test('a setting that the service passes over is a warning', async () => {
  const fast = agentWith({ tts: { model: 'inworld-tts-2', speed: 1.5 } })
  const { reported } = await badDay(['pass-over=audio.output.speed'], { of: fast })
  await reported('session.ready')
  expect(await reported('warning')).toMatchObject({
    message: 'tts.speed: asked for 1.5, the service shows 1',
  })
})

test('a caller who says nothing is spoken to where the settings ask the service for it', async () => {
  const patient = agentWith({
    output_modalities: ['text'],
    turn_detection: { type: 'server_vad', idle_timeout_ms: 300, create_response: true, interrupt_response: true },
  })
  const { type, reported, reports, story } = await badDay([], { of: patient })
  await reported('session.ready')
  type('hello')
  await reported('agent.transcript', 2)
  expect(story().slice(0, 2)).toEqual(['caller: hello', 'agent: This is a rehearsal without a model: I f'])
  expect(reports.filter((report) => report.type === 'error' || report.type === 'warning')).toEqual([])
})

test('words that are revised are told again', async () => {
  const { speak, reported, story } = await badDay(['revised-transcripts'], { captions: ['where is order A-1042?'] })
  await reported('agent.transcript')
  speak()
  await reported('agent.transcript', 2)
  expect(story()).toEqual([GREETED, 'caller: where is order', ...ASKED])
})

test.each([
  ['exhausted', ['warning: the service has no room: No sessions are left.; trying again in a while', GREETED]],
  ['refuse=429:2', [...twice('the service is busy (HTTP 429): Too Many Requests'), GREETED]],
])('%s: it begins all the same, and is answered', async (order, beginning) => {
  const { type, reported, story } = await badDay([order])
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
])('%s: it never begins, and the reason is told', async (order, reason) => {
  const { reported } = await badDay([order])
  expect(await reported('session.closed')).toMatchObject({ reason, failed: true })
})

test('a connection that is cut is followed by another, and what is asked there is answered', async () => {
  const { type, reported, story } = await badDay(['close=9:1011'])
  await reported('session.ready', 2)
  type('where is order A-1042?')
  await reported('tool.finished')
  await reported('agent.transcript', 2)
  const lost = 'warning: the connection was lost: the connection closed (code 1011); trying again in a while'
  expect(story()).toEqual(expect.arrayContaining([lost, ...ASKED]))
})

test('an answer that fails is told, and the next question is answered', async () => {
  const { type, reported, story } = await badDay(['fail'])
  await reported('error')
  type('where is order A-1042?')
  await reported('agent.transcript')
  expect(story()).toEqual(['error: the answer failed: upstream model failed', ...ASKED])
})

function twice(what: string): readonly string[] {
  return [1, 2].map(() => `warning: ${what}; trying again in a while`)
}
