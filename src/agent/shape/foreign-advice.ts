/** What to do about a foreign key that does not correspond to one setting here. */
export interface Advice {
  readonly help: string
  /** Keys of the same map that it stands for, which are not reported missing. */
  readonly standsFor?: readonly string[]
}

/** Maps in which other formats hold settings that are at the top of the file here. */
export const WRAPPER_KEYS: readonly string[] = [
  ...['session', 'session_properties', 'session_config', 'session_options', 'settings', 'config', 'configuration'],
  ...['conversation_config', 'agent', 'assistant', 'agent_config', 'spec', 'realtime'],
  ...['agent_session', 'voice_agent', 'bot', 'pipeline', 'voice_pipeline', 'conversation', 'generation_config'],
]

const API_KEY = 'Put the key into an environment variable, and name that: connection: { api_key_env: INWORLD_API_KEY }.'
const ONE_KEY = 'Remove it: one key, that of the service, is all: connection: { api_key_env: INWORLD_API_KEY }.'
const TRANSCRIBER = 'Remove it: the transcriber decides.'
const IDLE = 'What is said to one who is silent is idle: { after: 15s, say: "Are you still there?" }.'
/** How servers of MCP are declared here, which other tools have in a map of their own. */
export const MCP = 'A server of tools is an entry of tools: - mcp: { command: … }, or { url: … }.'
const HTTP = 'A request is an entry of tools: - name: …, description: …, http: { url: … }.'
const HTTP_HERE = 'A request is http here: http: { url: … }, in the place of run.'
const MCP_HERE = 'A server of tools is an entry of its own: - mcp: { url: … }.'
const FLAG = 'It is a flag of the command: see runner start --help.'
const AFTERWARDS = 'What is to be done afterwards is a script: hooks: { session_ended: ../hooks/save_call.mjs }.'
const END_CALL = 'The agent ends a call with a tool: tools: [{ control: end_call }].'
const BACKCHANNEL = 'It is a setting of the service: provider_data: { backchannel: { enabled: true } }.'
const SERVICE_TTS = 'Remove it; what the service has besides stands in provider_data: { tts: { … } }.'
const FIRST = 'With a greeting the agent speaks first, without one the caller: remove it.'
const NOTHING = 'Nothing here does that: remove it.'
export const SCRIPT_OR_REQUEST_HELP =
  'Nothing here does that by itself: make it a script (run: …) or a request (http: { url: … }).'
const INTERRUPTION =
  'Words decide: interruption: { min_words: 2 }, with turn_detection: { type: semantic_vad, interrupt_response: false }.'
const SOUND = 'Sound is mono, 16 bit or G.711: remove it.'
const TOOL_TYPE = 'Remove it: what a tool is, its keys tell (run, http, mcp or control).'
const FILE_TYPE = 'Remove it: there is one kind of agent file.'
const PROVIDER = 'The provider is the first part of model: openai/gpt-4.1-mini.'
const PROMPT = 'What the model is told to be stands in instructions.'

const MEANWHILE = 'What is said while it runs is say_after: { text: "One moment, I am looking it up." }.'
const HTTP_AUTH = `Write it as a header: headers: { Authorization: "Bearer \${env:SHOP_TOKEN}" }.`
const BESIDE_HTTP = 'It stands beside http, as a setting of the tool.'
const MCP_INCLUDE = 'Those that are offered are listed: include: [read_file].'

const PATIENCE = 'How long it waits for more is turn_detection: { type: semantic_vad, eagerness: low }.'
const ENGINE = 'What the agent does stands in this file: its model, instructions and tools.'
const INCLUDE =
  'Settings of another file are taken with extends: ./_base.yaml, tools with an entry of tools: - include: ./_tools.yaml.'
const LIMITS = 'What its processes may use is limits: { memory: 256MB, cpu: 5s }.'
const SCHEMA = 'The JSON Schema of the arguments is parameters: { type: object, properties: …, required: … }.'
/** Messages that other products send to a server of the author's. */
const MESSAGES = ['server_messages', 'client_messages', 'client_events', 'webhook_events']
/** Keys under which people hold values that several places share. */
const SHARED = ['defaults', 'common', 'shared', 'anchors', 'templates', 'definitions']

const WHOLE_URL: Advice = {
  help: 'All of it is url: https://shop.example/orders/{order_number}.',
  standsFor: ['url'],
}

let known: { readonly [key: string]: Advice } | undefined

/** By path; `tools[]` is one tool. Built on first use, so that a file without foreign keys does not wait for it. */
export function adviceByPath(): { readonly [key: string]: Advice } {
  known ??= buildAdvice()
  return known
}

function buildAdvice(): { readonly [key: string]: Advice } {
  return {
    ...forKeys(['api_key', 'token', 'key', 'inworld_api_key', 'secret'], { help: API_KEY }),
    ...forKeys(['provider', 'llm_provider', 'model_provider'], { help: PROVIDER }),
    ...forKeys(
      ['stt_provider', 'transcription_provider', 'asr_provider', 'stt.provider', 'stt.service', 'stt.vendor'],
      {
        help: 'The provider is the first part of stt.model: assemblyai/u3-rt-pro.',
      },
    ),
    ...forKeys(['tts_provider', 'tts.provider', 'tts.service', 'tts.vendor'], { help: 'Remove it: the model tells.' }),
    ...forKeys(['stt.api_key', 'tts.api_key'], { help: ONE_KEY }),
    ...inMap('stt', ['quality', 'smart_format', 'punctuate', 'interim_results', 'endpointing'], TRANSCRIBER),
    ...inMap('turn_detection', ['start_secs', 'min_volume', 'smart_endpointing_enabled'], NOTHING),
    ...forKeys(['message_plan'], { help: IDLE }),
    ...forKeys(['mcp', 'mcp_servers', 'mcp_server'], { help: MCP }),
    ...forKeys(['http', 'webhook_tools', 'http_tools'], { help: HTTP }),
    ...forKeys(
      ['webhook', 'webhooks', 'webhook_url', 'server_url', 'server', 'callback_url', 'callbacks', ...MESSAGES],
      {
        help: 'What happens is told to scripts: hooks: { session_ended: ../hooks/save_call.mjs }.',
      },
    ),
    ...forKeys(['analysis_plan', 'artifact_plan', 'post_call_analysis_data', 'evaluation'], { help: AFTERWARDS }),
    ...forKeys(['end_call_function_enabled', 'end_call_message', 'end_call_phrases', 'end_call', 'built_in_tools'], {
      help: END_CALL,
    }),
    ...forKeys(['backchannel', 'backchanneling', 'backchanneling_enabled', 'enable_backchannel'], {
      help: BACKCHANNEL,
    }),
    ...forKeys(['backchannel_frequency', 'backchannel_words'], { help: BACKCHANNEL }),
    ...forKeys(['interruption_sensitivity', 'interruption_threshold', 'resume_false_interruption'], {
      help: INTERRUPTION,
    }),
    ...forKeys(['volume', 'voice_temperature', 'voice_emotion', 'voice_stability'], { help: SERVICE_TTS }),
    ...forKeys(['background_sound', 'ambient_sound', 'ambient_sound_volume'], { help: NOTHING }),
    ...forKeys(['voicemail_detection', 'enable_voicemail_detection', 'tracing', 'truncation', 'dtmf_detection'], {
      help: NOTHING,
    }),
    ...forKeys(['hipaa_enabled', 'compliance_plan', 'opt_out_sensitive_data_storage', 'pronunciation_dictionary'], {
      help: NOTHING,
    }),
    ...forKeys(['room_options', 'room_input_options', 'room', 'begin_message_delay_ms', 'telephony'], {
      help: NOTHING,
    }),
    ...forKeys(['preemptive_generation', 'use_tts_aligned_transcript', 'normalize_for_speech'], { help: NOTHING }),
    ...forKeys(['max_endpointing_delay', 'endpointing_delay'], { help: PATIENCE }),
    ...forKeys(
      ['response_engine', 'conversation_flow', 'workflow', 'flow', 'states', 'services', 'jobs', 'steps', 'stages'],
      { help: ENGINE },
    ),
    parallel_tool_calls: { help: 'How many calls may run at once is limits: { max_tool_calls_in_flight: 1 }.' },
    ...forKeys(['include', 'includes', 'import', 'imports', '$ref'], { help: INCLUDE }),
    ...forKeys(['first_message_mode', 'start_speaker', 'first_speaker', 'speaks_first'], { help: FIRST }),
    ...forKeys(['messages', 'chat_ctx', 'initial_messages'], { help: PROMPT, standsFor: ['instructions'] }),
    ...forKeys(['knowledge_base', 'knowledge', 'documents', 'rag'], {
      help: 'What is to be looked up stands behind a tool.',
    }),
    ...forKeys(['dynamic_variables', 'variables', 'template_variables'], {
      help: 'The prompt is sent as it stands, and nothing is filled in: give the agent a tool that looks it up.',
    }),
    ...forKeys(['tags', 'metadata', 'labels', 'annotations', 'owner', 'author', 'notes', 'userdata', ...SHARED], {
      help: 'Keys of your own begin with x-, and are passed over: x-owner: care-team.',
    }),
    ...forKeys(['type', 'kind', 'object', 'agent_class', 'agent_type', 'agent_version'], { help: FILE_TYPE }),
    ...forKeys(['port', 'host', 'transport', 'log_level', 'debug', 'offline', 'journal'], { help: FLAG }),
    ...forKeys(['metrics', 'enable_metrics', 'recording', 'recording_enabled', 'record'], { help: FLAG }),
    ...forKeys(['tts.temperature', 'tts.stability', 'tts.similarity_boost', 'tts.style', 'tts.emotion'], {
      help: SERVICE_TTS,
    }),
    ...forKeys(
      ['tts.pitch', 'tts.volume', 'tts.optimize_streaming_latency', 'tts.delivery_mode', 'tts.steering_handling'],
      { help: SERVICE_TTS },
    ),
    ...forKeys(['audio.input.channels', 'audio.output.channels', 'audio.output.container'], { help: SOUND }),
    ...forKeys(
      ['base_url', 'path', 'uri', 'endpoint', 'address'].map((key) => `tools[].http.${key}`),
      WHOLE_URL,
    ),
    ...inMap('tools[].http', ['query', 'params', 'search', 'query_params'], 'Write it behind the url: ?city={city}.'),
    ...inMap('tools[].http', ['auth', 'authorization', 'token', 'bearer', 'api_key'], HTTP_AUTH),
    ...inMap(
      'tools[].http',
      ['json', 'data', 'payload', 'form', 'body_schema'],
      'What is sent is body: { city: "{city}" }.',
    ),
    ...inMap('tools[].http', ['timeout', 'retry', 'retries', 'parameters', 'name', 'description'], BESIDE_HTTP),
    ...inMap('tools[].mcp', ['args', 'arguments'], 'They follow the program: command: [npx, -y, server].'),
    ...inMap('tools[].mcp', ['type', 'transport', 'protocol'], 'Remove it: command or url tells.'),
    ...inMap('tools[].mcp', ['exclude', 'tools', 'allowed_tools', 'tool_filter'], MCP_INCLUDE),
    ...inMap('tools[].mcp', ['timeout', 'confirm', 'background'], 'It stands beside mcp, as a setting of the entry.'),
    'turn_detection.enabled': { help: 'turn_detection: { type: manual } turns it off: remove this.' },
    ...forKeys(['tools[].function_declarations', 'tools[].functions'], {
      help: 'Each of them is an entry of tools: - name: …, description: …, run: ….',
    }),
    ...forKeys(['tools[].end_call', 'tools[].hangup', 'tools[].hang_up'], {
      help: 'Write control: end_call.',
      standsFor: ['run', 'name', 'description'],
    }),
    ...inMap('tools[]', ['memory', 'max_memory', 'memory_limit', 'cpu', 'max_cpu', 'cpu_limit'], LIMITS),
    'tools[].limits.cpus': { help: 'What is limited is processor time: cpu: 5s.' },
    ...inMap('tools[]', ['destinations', 'destination', 'transfer_to'], SCRIPT_OR_REQUEST_HELP),
    ...inMap('tools[]', ['properties', 'required', 'additionalProperties'], SCHEMA),
    ...forKeys(['tools[].type', 'tools[].strict', 'tools[].kind'], { help: TOOL_TYPE }),
    ...forKeys(
      ['url', 'webhook', 'server', 'api_schema', 'method', 'headers', 'body'].map((key) => `tools[].${key}`),
      { help: HTTP_HERE, standsFor: ['run'] },
    ),
    ...inMap('tools[]', ['messages'], MEANWHILE),
    ...inMap('tools[]', ['execution_message_description', 'speak_after_execution'], NOTHING),
    ...forKeys(['tools[].mcp_servers', 'tools[].mcp_server'], {
      help: MCP,
      standsFor: ['run', 'name', 'description'],
    }),
    ...forKeys(['tools[].server_url', 'tools[].server_label', 'tools[].authorization', 'tools[].allowed_tools'], {
      help: MCP_HERE,
      standsFor: ['run', 'name', 'description'],
    }),
  }
}

function inMap(parent: string, keys: readonly string[], help: string): { readonly [key: string]: Advice } {
  return forKeys(
    keys.map((key) => `${parent}.${key}`),
    { help },
  )
}

function forKeys(keys: readonly string[], advice: Advice): { readonly [key: string]: Advice } {
  return Object.fromEntries(keys.map((key) => [key, advice]))
}
