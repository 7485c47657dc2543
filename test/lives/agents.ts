import type { Agent } from '../../src/agent/agent.ts'
import type { Tool } from '../../src/agent/tool.ts'
import type { SessionObject } from '../../src/realtime/session-object.ts'
import { pathOf, valueAt } from '../../src/session/settings/leaves.ts'
import { agentWith, controlNamed, serverNamed, toolNamed } from '../helpers/agents.ts'
import type { Random } from './random.ts'

const TOOLS = [
  toolNamed('look'),
  toolNamed('book'),
  toolNamed('read', { onInterrupt: 'cancel', concurrency: 'queue', sayAfter: { delayMs: 0, text: 'One moment.' } }),
  toolNamed('pay', { confirm: true, concurrency: 'reject' }),
  toolNamed('mill', { background: true }),
  controlNamed('end_call'),
  controlNamed('set_voice'),
]

/** Where words interrupt, and the agent stands still until it knows of them. */
const BY_WORDS = {
  turn_detection: { type: 'semantic_vad' as const, create_response: true, interrupt_response: false },
  interruption: { min_words: 2, ignore: ['hm'], min_speech: '0ms', resume_after: '2s' },
}

/** One that has all there is. */
export const firstAgent = agentWith({
  greeting: 'Hello.',
  tools: TOOLS,
  servers: [serverNamed('files')],
  // biome-ignore lint/suspicious/noThenProperty: the author's word; no promise is near.
  idle: { after: '15s', say: 'Still there?', times: 2, then: 'Goodbye.' },
  limits: { max_session: '30m', wrap_up_at: '27m', idle: '5m', max_tool_calls_in_flight: 2 },
})

export const patientAgent = agentWith({ ...firstAgent, ...BY_WORDS })

/** Any agent, as chance has it. */
export function drawAgent(random: Random): Agent {
  const interruptResponse = random.hits(0.5)
  const isManual = random.hits(0.2)
  return agentWith({
    // biome-ignore lint/suspicious/noThenProperty: the author's word; no promise is near.
    ...(random.hits(0.3) ? { idle: { after: '15s', say: 'Are you there?', times: 2, then: 'Goodbye.' } } : {}),
    ...(!interruptResponse && random.hits(0.8) ? { interruption: drawInterruption(random) } : {}),
    ...(random.hits(0.5) ? { greeting: 'Hello.', greeting_interruptible: random.hits(0.7) } : {}),
    tools: drawTools(random),
    limits: { max_tool_calls_in_flight: random.pick([1, 2, 8]), ...(random.hits(0.1) ? { max_session: '1m' } : {}) },
    turn_detection: isManual
      ? { type: 'manual' }
      : { type: 'semantic_vad', create_response: true, interrupt_response: interruptResponse },
  })
}

function drawInterruption(random: Random) {
  const resumeAfter = random.pick(['0s', '1s', '2s'])
  return { min_words: 2, ignore: ['hm'], min_speech: '200ms', resume_after: resumeAfter }
}

function drawTools(random: Random): readonly Tool[] {
  const onInterrupt = random.pick(['continue', 'cancel'] as const)
  const concurrency = random.pick(['allow', 'queue', 'reject'] as const)
  const sayAfter = random.hits(0.3) ? { delayMs: 1_500, text: 'One moment.' } : null
  const mill = { background: true, concurrency: random.pick(['allow', 'queue'] as const) }
  return [
    toolNamed('look', { onInterrupt, concurrency }),
    toolNamed('book', { sayAfter, confirm: random.hits(0.2) }),
    ...(random.hits(0.5) ? [toolNamed('mill', mill)] : []),
    ...(random.hits(0.2) ? [controlNamed('end_call'), controlNamed('set_voice')] : []),
  ]
}

/** What an author may change. */
export const EDITS = [
  { instructions: 'Speak like a pirate.' },
  { voice: 'Sarah', tts: { model: 'inworld-tts-2', speed: 1.2 } },
  { tools: [toolNamed('look')] },
  { tools: [] },
  { greeting: 'Ahoy.' },
  { temperature: 0.3, stt: { model: 'soniox/stt-rt-v4', language: 'de' } },
  { turn_detection: { type: 'manual' as const } },
  { reload: { apply: 'next_session' as const, ack_timeout: '3s' }, model: 'inworld/later' },
  { reload: { apply: 'now' as const, ack_timeout: '1s' }, instructions: 'At once.' },
  { description: 'Known to the runner alone.' },
  {},
  { voice: 'Nobody', instructions: 'Half of this is wrong.' },
  { stt: { model: 'acme/none' } },
  { servers: [] },
  BY_WORDS,
]

/** What every service says no to, by the value and its path on the wire. */
const UNKNOWN = [
  ['audio.output.voice', 'Nobody'],
  ['audio.input.transcription.model', 'acme/none'],
] as const

/** The first setting of a session that the service would refuse. */
export function unacceptable(session: SessionObject): string | undefined {
  return UNKNOWN.find(([path, value]) => valueAt(session, pathOf(path)) === value)?.[0]
}
