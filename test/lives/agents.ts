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

/** Words interrupt, and playback is paused until they are known. */
const BY_WORDS = {
  turn_detection: { type: 'semantic_vad' as const, create_response: true, interrupt_response: false },
  interruption: { min_words: 2, ignore: ['hm'], min_speech: '0ms', resume_after: '2s' },
}

/** An agent that uses every feature. */
export const firstAgent = agentWith({
  greeting: 'Hello.',
  tools: TOOLS,
  servers: [serverNamed('files')],
  // biome-ignore lint/suspicious/noThenProperty: the author's word; no promise is near.
  idle: { after: '15s', say: 'Still there?', times: 2, then: 'Goodbye.' },
  limits: { max_session: '30m', wrap_up_at: '27m', idle: '5m', max_tool_calls_in_flight: 2 },
})

export const patientAgent = agentWith({ ...firstAgent, ...BY_WORDS })

/** A random agent. */
export function drawAgent(random: Random): Agent {
  const interruptResponse = random.chance(0.5)
  const isManual = random.chance(0.2)
  return agentWith({
    // biome-ignore lint/suspicious/noThenProperty: the author's word; no promise is near.
    ...(random.chance(0.3) ? { idle: { after: '15s', say: 'Are you there?', times: 2, then: 'Goodbye.' } } : {}),
    ...(!interruptResponse && random.chance(0.8) ? { interruption: drawInterruption(random) } : {}),
    ...(random.chance(0.5) ? { greeting: 'Hello.', greeting_interruptible: random.chance(0.7) } : {}),
    tools: drawTools(random),
    limits: drawLimits(random),
    turn_detection: isManual
      ? { type: 'manual' }
      : { type: 'semantic_vad', create_response: true, interrupt_response: interruptResponse },
  })
}

function drawLimits(random: Random) {
  return {
    max_tool_calls_in_flight: random.pick([1, 2, 8]),
    ...(random.chance(0.1) ? { max_session: '1m' } : {}),
    ...(random.chance(0.3) ? { wrap_up_at: random.pick(['10s', '30s']) } : {}),
    ...(random.chance(0.1) ? { idle: '2m' } : {}),
  }
}

function drawInterruption(random: Random) {
  const resumeAfter = random.pick(['0s', '1s', '2s'])
  return { min_words: 2, ignore: ['hm'], min_speech: '200ms', resume_after: resumeAfter }
}

function drawTools(random: Random): readonly Tool[] {
  const onInterrupt = random.pick(['continue', 'cancel'] as const)
  const concurrency = random.pick(['allow', 'queue', 'reject'] as const)
  const sayAfter = random.chance(0.3) ? { delayMs: 1_500, text: 'One moment.' } : null
  const mill = { background: true, concurrency: random.pick(['allow', 'queue'] as const) }
  return [
    toolNamed('look', { onInterrupt, concurrency }),
    toolNamed('book', { sayAfter, confirm: random.chance(0.2) }),
    ...(random.chance(0.5) ? [toolNamed('mill', mill)] : []),
    ...(random.chance(0.2) ? [controlNamed('end_call'), controlNamed('set_voice')] : []),
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

/** Values that the service refuses, by wire path. */
const UNKNOWN = [
  ['audio.output.voice', 'Nobody'],
  ['audio.input.transcription.model', 'acme/none'],
] as const

/** The first setting of a session that the service would refuse. */
export function refusedSetting(session: SessionObject): string | undefined {
  return UNKNOWN.find(([path, value]) => valueAt(session, pathOf(path)) === value)?.[0]
}
