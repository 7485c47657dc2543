import type { SessionObject } from '../../src/realtime/session-object.ts'
import { pathOf, valueAt } from '../../src/session/leaves.ts'
import { agentWith, controlNamed, serverNamed, toolNamed } from '../helpers/agents.ts'

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

export const firstAgent = agentWith({
  greeting: 'Hello.',
  tools: TOOLS,
  servers: [serverNamed('files')],
  // biome-ignore lint/suspicious/noThenProperty: the author's word; no promise is near.
  idle: { after: '15s', say: 'Still there?', times: 2, then: 'Goodbye.' },
  limits: { max_session: '30m', wrap_up_at: '27m', idle: '5m', max_tool_calls_in_flight: 2 },
})

export const patientAgent = agentWith({ ...firstAgent, ...BY_WORDS })

export const EDITS = [
  { instructions: 'Speak like a pirate.' },
  { voice: 'Sarah', tts: { model: 'inworld-tts-2', speed: 1.2 } },
  { tools: [toolNamed('look')] },
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

/** What the service says no to, by the value and its path on the wire. */
const UNKNOWN = [
  ['audio.output.voice', 'Nobody'],
  ['audio.input.transcription.model', 'acme/none'],
] as const

/** The first setting of a session that the service would refuse. */
export function unacceptable(session: SessionObject): string | undefined {
  return UNKNOWN.find(([path, value]) => valueAt(session, pathOf(path)) === value)?.[0]
}
