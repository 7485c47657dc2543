import type { Agent, AudioFormat, NoiseReduction, TurnDetection } from '../../agent/agent.ts'
import type { SessionObject, WireFormat, WireTurnDetection } from '../../realtime/session-object.ts'

/** The whole session object of an agent: what is always sent, and what its author set. */
export function compileSession(agent: Agent): SessionObject {
  return {
    type: 'realtime',
    model: agent.model,
    instructions: agent.instructions,
    output_modalities: agent.output_modalities,
    ...optional('temperature', agent.temperature),
    ...optional('max_output_tokens', agent.max_output_tokens),
    ...optional('tool_choice', agent.tool_choice),
    audio: {
      input: {
        format: wireFormat(agent.audio.input),
        ...noiseReduction(agent.audio.input.noise_reduction),
        transcription: {
          model: agent.stt.model,
          ...optional('language', agent.stt.language),
          ...optional('prompt', agent.stt.prompt),
        },
        turn_detection: wireTurnDetection(agent.turn_detection),
      },
      output: {
        format: wireFormat(agent.audio.output),
        model: agent.tts.model,
        voice: agent.voice,
        ...optional('speed', agent.tts.speed),
      },
    },
    tools: agent.tools.map(({ name, description, parameters }) => ({
      type: 'function',
      name,
      description,
      parameters,
    })),
    providerData: { ...agent.provider_data, auto_tool_response: false },
  }
}

/** The author path of a wire path (`audio.output.speed` → `tts.speed`); null if the author has no word for it. */
export function authorPath(wirePath: string): string | null {
  const path = wirePath.replace(/^session\./, '').replace(/^tools\.(\d+)/, 'tools[$1]')
  for (const [wire, author] of AUTHOR_PATHS) {
    if (path === wire) return author
    if (path.startsWith(`${wire}.`) || path.startsWith(`${wire}[`)) return author + path.slice(wire.length)
  }
  return null
}

/** Longest first, so that the most specific one wins. */
const AUTHOR_PATHS: readonly (readonly [wire: string, author: string])[] = [
  ['audio.input.transcription', 'stt'],
  ['audio.input.turn_detection', 'turn_detection'],
  ['audio.input.noise_reduction.type', 'audio.input.noise_reduction'],
  ['audio.input.noise_reduction', 'audio.input.noise_reduction'],
  ['audio.input.format.type', 'audio.input.format'],
  ['audio.input.format', 'audio.input'],
  ['audio.output.format.type', 'audio.output.format'],
  ['audio.output.format', 'audio.output'],
  ['audio.output.voice', 'voice'],
  ['audio.output', 'tts'],
  ['providerData', 'provider_data'],
  ['model', 'model'],
  ['instructions', 'instructions'],
  ['output_modalities', 'output_modalities'],
  ['temperature', 'temperature'],
  ['max_output_tokens', 'max_output_tokens'],
  ['tool_choice', 'tool_choice'],
  ['tools', 'tools'],
]

/** G.711 is sent without a rate: the service fixes it at 8000 Hz. */
function wireFormat(format: AudioFormat): WireFormat {
  return format.format === 'pcm' ? { type: 'audio/pcm', rate: format.rate } : { type: `audio/${format.format}` }
}

function noiseReduction(type: NoiseReduction | undefined): { readonly noise_reduction?: { type: NoiseReduction } } {
  return type === undefined ? {} : { noise_reduction: { type } }
}

function wireTurnDetection(turnDetection: TurnDetection): WireTurnDetection | null {
  return turnDetection.type === 'manual' ? null : turnDetection
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: Value })
}
