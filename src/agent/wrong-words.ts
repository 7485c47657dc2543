/** Ours, and what neighbouring tools, the wire and memory call it; at the top of the file. */
const TOP: { readonly [right: string]: readonly string[] } = {
  version: ['apiVersion', 'api_version', 'schema_version', 'format_version'],
  name: ['id', 'agent', 'agent_name', 'agent_id', 'title'],
  extends: ['base', 'inherits', 'parent', 'include', 'includes', 'import', 'imports'],
  model: ['llm', 'llm_model', 'llm_id', 'model_id', 'model_name', 'think', 'brain'],
  voice: ['voice_id', 'voice_name', 'speaker'],
  instructions: [
    'instruction',
    'prompt',
    'system',
    'system_prompt',
    'system_instruction',
    'system_instructions',
    'system_message',
    'persona',
    'personality',
    'prompt_template',
  ],
  instructions_file: ['prompt_file', 'instruction_file', 'prompt_path', 'system_prompt_file', 'instructions_path'],
  greeting: [
    'first_message',
    'welcome_message',
    'begin_message',
    'greeting_message',
    'welcome',
    'introduction',
    'initial_message',
  ],
  output_modalities: ['modalities', 'response_modalities'],
  max_output_tokens: ['max_tokens', 'max_response_output_tokens', 'max_completion_tokens', 'max_new_tokens'],
  stt: ['asr', 'transcriber', 'listen', 'transcription', 'input_audio_transcription', 'speech_to_text'],
  tts: ['synthesizer', 'speak', 'text_to_speech', 'speech'],
  'stt.model': ['stt_model', 'asr_model', 'transcription_model'],
  'stt.language': ['language', 'lang', 'locale', 'language_code'],
  'tts.model': ['tts_model', 'tts_model_id', 'speech_model'],
  'tts.speed': ['speed', 'speaking_rate', 'voice_speed'],
  turn_detection: ['vad', 'turn', 'turn_taking', 'turns', 'endpointing', 'start_speaking_plan'],
  'audio.input': ['input_audio_format', 'input_format', 'audio_input'],
  'audio.output': ['output_audio_format', 'output_format', 'audio_output'],
  'audio.input.rate': ['sample_rate', 'samplerate', 'input_sample_rate'],
  'connection.base_url': ['base_url', 'url', 'endpoint', 'websocket_url'],
  'connection.api_key_env': ['api_key', 'api_key_env', 'key', 'token', 'inworld_api_key'],
  'connection.auth': ['auth', 'auth_type', 'authentication'],
  'connection.start_audio_paused': ['start_audio_paused'],
  'connection.connect_timeout': ['connect_timeout', 'connection_timeout'],
  'connection.confirm_timeout': ['confirm_timeout'],
  tools: ['functions', 'function', 'toolsets', 'toolset', 'actions', 'skills', 'plugins', 'tool_ids'],
  provider_data: ['provider', 'extra', 'extra_body', 'extra_params', 'model_options'],
}

/** The same inside other maps; `tools[]` is one tool. */
const INSIDE: { readonly [parent: string]: { readonly [right: string]: readonly string[] } } = {
  stt: {
    model: ['model_id', 'id', 'name'],
    language: ['lang', 'locale', 'language_code'],
    prompt: ['keywords', 'hints', 'vocabulary'],
  },
  tts: { model: ['model_id', 'id', 'name'], speed: ['rate', 'speaking_rate', 'voice_speed'] },
  turn_detection: {
    type: ['mode', 'kind', 'method'],
    silence_duration_ms: ['silence', 'silence_ms', 'min_silence_duration_ms', 'turn_timeout', 'stop_secs'],
    prefix_padding_ms: ['padding', 'prefix_padding', 'start_padding_ms'],
    idle_timeout_ms: ['idle_timeout', 'idle'],
    interrupt_response: ['allow_interruptions', 'interruptible', 'barge_in', 'interruptions'],
  },
  'audio.input': { format: ['encoding', 'type', 'codec'], rate: ['sample_rate', 'samplerate', 'sampling_rate', 'hz'] },
  'audio.output': { format: ['encoding', 'type', 'codec'], rate: ['sample_rate', 'samplerate', 'sampling_rate', 'hz'] },
  connection: {
    base_url: ['url', 'uri', 'endpoint', 'host', 'address'],
    auth: ['auth_type', 'authentication', 'scheme'],
    api_key_env: ['api_key', 'key', 'token', 'api_key_name', 'api_key_variable', 'env'],
  },
  'tools[]': {
    name: ['id', 'tool', 'function', 'function_name', 'title'],
    description: ['desc', 'doc', 'docs', 'docstring', 'summary', 'help'],
    run: ['command', 'cmd', 'script', 'path', 'exec', 'shell', 'program', 'handler', 'entrypoint', 'code', 'file'],
    parameters: [
      'args',
      'arguments',
      'params',
      'schema',
      'input_schema',
      'inputs',
      'input',
      'properties',
      'args_schema',
    ],
    timeout: ['timeout_ms', 'timeout_secs', 'timeout_seconds', 'timeout_s', 'max_time', 'deadline'],
    env: ['environment', 'env_vars', 'variables', 'secrets'],
    cwd: ['workdir', 'working_dir', 'working_directory', 'dir', 'directory'],
    retry: ['retries', 'max_retries'],
    background: ['async', 'is_async', 'run_in_background', 'non_blocking', 'deferred'],
  },
}

/** Settings that people look for in another map: where ours stand, from the top of the file. */
const ELSEWHERE: { readonly [wrong: string]: string } = {
  'tts.voice': 'voice',
  'tts.voice_id': 'voice',
  'tts.language': 'stt.language',
  'audio.voice': 'voice',
  'audio.format': 'audio.input.format',
  'audio.rate': 'audio.input.rate',
  'audio.sample_rate': 'audio.input.rate',
  'connection.model': 'model',
  'turn_detection.language': 'stt.language',
}

/** The setting that is meant by a wrong word. */
export interface RightWord {
  /** Its key in the same map; `isAtTop`: its path from the top of the file. */
  readonly word: string
  readonly isAtTop: boolean
}

/** Every wrong word with the right one, as paths. */
export const WRONG_WORDS: ReadonlyMap<string, RightWord> = new Map<string, RightWord>([
  ...Object.entries(ELSEWHERE).map(([wrong, word]) => [wrong, { word, isAtTop: true }] as const),
  ...besides('', TOP),
  ...Object.entries(INSIDE).flatMap(([parent, words]) => besides(`${parent}.`, words)),
])

function besides(
  parent: string,
  words: { readonly [right: string]: readonly string[] },
): readonly (readonly [string, RightWord])[] {
  return Object.entries(words).flatMap(([word, wrongs]) =>
    wrongs.map((wrong) => [parent + wrong, { word, isAtTop: false }] as const),
  )
}

/** Our word for the word of a neighbouring tool, wherever it stands; `words` is its path, with `tools[]` for each tool. */
export function rightWordFor(words: string, known: readonly string[]): RightWord | null {
  const at = words.lastIndexOf('.') + 1
  const [parent, key] = [words.slice(0, at), words.slice(at)]
  const snake = key
    .replaceAll(/(?<=[a-z0-9])[A-Z]/g, (capital) => `_${capital}`)
    .replaceAll('-', '_')
    .toLowerCase()
  const right = WRONG_WORDS.get(words) ?? WRONG_WORDS.get(parent + snake)
  if (right !== undefined) return right
  return snake !== key && known.includes(snake) ? { word: snake, isAtTop: false } : null
}

/** Keys that a later version of the format will give a meaning. */
export const LATER_WORDS: readonly string[] = [
  'agents',
  'handoffs',
  'sub_agents',
  'memory',
  'guardrails',
  'long',
  'events',
  'parameters_file',
]
