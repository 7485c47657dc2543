import type { Agent, AudioFormat, Limits, NoiseReduction, TurnDetection } from './agent.ts'
import { buildTools, type ToolData } from './build-tool.ts'
import type { Path } from './findings/fault.ts'
import { buildHooks, type HookData, type HookEvent } from './hook.ts'
import type { CompileParameters } from './tool.ts'

/** An agent file as its author wrote it. Only a file without faults is known to have this shape. */
export type AgentFileData = Partial<
  Omit<
    Agent,
    | 'idle'
    | 'interruption'
    | 'limits'
    | 'stt'
    | 'tts'
    | 'turn_detection'
    | 'audio'
    | 'connection'
    | 'reload'
    | 'tools'
    | 'hooks'
    | 'servers'
    | 'file'
    | 'hash'
    | 'places'
    | 'references'
  >
> & {
  readonly instructions_file?: string
  readonly idle?: Partial<Agent['idle']>
  readonly interruption?: Partial<NonNullable<Agent['interruption']>>
  readonly limits?: Partial<Limits>
  readonly stt?: Partial<Agent['stt']>
  readonly tts?: Partial<Agent['tts']>
  readonly turn_detection?: Partial<TurnDetection>
  readonly audio?: { readonly input?: Partial<Agent['audio']['input']>; readonly output?: Partial<AudioFormat> }
  readonly connection?: Partial<Agent['connection']>
  readonly reload?: Partial<Agent['reload']>
  readonly tools?: readonly ToolData[]
  readonly hooks?: { readonly [event in HookEvent]?: HookData }
}

interface BuildInput {
  readonly data: AgentFileData
  readonly file: string
  /** Folder of the agent file, absolute. */
  readonly folder: string
  /** Folder that the paths in a value are relative to. */
  readonly folderOf: (path: Path) => string
  readonly instructions: string
  readonly references: ReadonlyMap<string, string>
  readonly compile: CompileParameters | undefined
}

const INTERRUPTION = { min_words: 1, ignore: [], min_speech: '0ms', resume_after: '2s' } as const

/**
 * The agent of a file without faults: defaults filled in, paths made absolute. Its hash and the places of its settings are still to be
 * taken.
 */
export function buildAgent({ data, file, folder, folderOf, instructions, references, compile }: BuildInput): Agent {
  const {
    instructions_file: _promptFile,
    idle,
    interruption,
    limits,
    stt,
    tts,
    turn_detection,
    audio,
    connection,
    reload,
    tools,
    hooks,
    name,
    ...others
  } = data
  return {
    model: 'openai/gpt-4.1-mini',
    voice: 'Clive',
    output_modalities: ['audio', 'text'],
    provider_data: {},
    greeting_interruptible: true,
    ...withoutExtensions(others),
    version: 1,
    name: name ?? '',
    instructions,
    ...(interruption === undefined ? {} : { interruption: { ...INTERRUPTION, ...withoutExtensions(interruption) } }),
    ...(idle === undefined ? {} : { idle: { after: '', say: '', times: 2, ...withoutExtensions(idle) } }),
    limits: { max_tool_calls_in_flight: 8, ...withoutExtensions(limits ?? {}) },
    stt: { model: 'assemblyai/u3-rt-pro', ...withoutExtensions(stt ?? {}) },
    tts: { model: 'inworld-tts-1.5-max', ...withoutExtensions(tts ?? {}) },
    turn_detection: turnDetection(turn_detection ?? {}),
    audio: {
      input: { ...audioFormat(audio?.input ?? {}), ...noiseReduction(audio?.input?.noise_reduction) },
      output: audioFormat(audio?.output ?? {}),
    },
    connection: {
      base_url: 'wss://api.inworld.ai/api/v1/realtime/session',
      auth: 'basic',
      api_key_env: 'INWORLD_API_KEY',
      start_audio_paused: false,
      connect_timeout: '10s',
      confirm_timeout: '5s',
      ...withoutExtensions(connection ?? {}),
    },
    reload: { apply: 'turn', ack_timeout: '3s', probe: false, ...withoutExtensions(reload ?? {}) },
    ...buildTools(tools ?? [], { folder, folderOf, references, compile }),
    hooks: buildHooks(hooks ?? {}, { folder, folderOf }),
    file,
    hash: '',
    places: new Map(),
    references,
  }
}

function turnDetection(settings: Partial<TurnDetection>): TurnDetection {
  const { type = 'semantic_vad', ...rest } = withoutExtensions(settings)
  if (type === 'manual') return { type }
  return { create_response: true, interrupt_response: true, ...rest, type } as TurnDetection
}

function audioFormat({ format = 'pcm', rate }: Partial<AudioFormat>): AudioFormat {
  return format === 'pcm' ? { format, rate: rate ?? 24_000 } : { format, rate: 8_000 }
}

function noiseReduction(value: NoiseReduction | undefined): { readonly noise_reduction?: NoiseReduction } {
  return value === undefined ? {} : { noise_reduction: value }
}

/** Keys that begin with `x-` belong to the author alone. */
function withoutExtensions<Data extends object>(data: Data): Data {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith('x-'))) as Data
}
