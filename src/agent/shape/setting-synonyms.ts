/** Our settings at the top of the file, and what other tools, the wire and people call them. A path names a setting in a map. */
export const TOP_LEVEL_SYNONYMS: SettingSynonyms = {
  version: ['api_version', 'schema_version', 'format_version'],
  name: ['id', 'agent', 'agent_name', 'agent_id', 'assistant_name', 'display_name', 'title'],
  extends: ['base', 'inherits', 'parent'],
  model: [
    ...['llm', 'llm_model', 'llm_id', 'model_id', 'model_name', 'think', 'brain'],
    ...['language_model', 'chat_model', 'foundation_model', 'openai_model'],
  ],
  voice: ['voice_id', 'voice_name', 'speaker', 'speaker_id', 'tts_voice'],
  instructions: [
    ...['instruction', 'prompt', 'system', 'system_prompt', 'system_instruction', 'system_instructions'],
    ...['system_message', 'system_text', 'persona', 'personality', 'prompt_template', 'general_prompt'],
    ...['role_message', 'assistant_prompt', 'agent_prompt'],
  ],
  instructions_file: ['prompt_file', 'instruction_file', 'prompt_path', 'system_prompt_file', 'instructions_path'],
  greeting: [
    ...['first_message', 'welcome_message', 'begin_message', 'greeting_message', 'welcome', 'introduction'],
    ...['initial_message', 'opening_message', 'welcome_greeting', 'opening_line', 'start_message', 'greeting_text'],
  ],
  greeting_interruptible: ['first_message_interruptions_enabled', 'first_message_interruptible'],
  temperature: ['model_temperature', 'llm_temperature', 'temp'],
  output_modalities: ['modalities', 'response_modalities'],
  max_output_tokens: ['max_tokens', 'max_response_output_tokens', 'max_completion_tokens', 'max_new_tokens'],
  stt: ['asr', 'transcriber', 'listen', 'transcription', 'input_audio_transcription', 'speech_to_text'],
  tts: ['synthesizer', 'speak', 'text_to_speech', 'speech'],
  'stt.model': ['stt_model', 'asr_model', 'transcription_model', 'transcriber_model'],
  'stt.language': ['language', 'lang', 'locale', 'language_code', 'language_hint'],
  'stt.prompt': ['boosted_keywords', 'keywords', 'keyterms', 'keyterms_prompt', 'custom_vocabulary', 'stt_prompt'],
  'tts.model': ['tts_model', 'tts_model_id', 'speech_model', 'voice_model'],
  'tts.speed': ['speed', 'speaking_rate', 'speech_rate', 'voice_speed'],
  turn_detection: [
    ...['vad', 'turn', 'turn_taking', 'turns', 'endpointing', 'start_speaking_plan', 'vad_analyzer', 'vad_params'],
    ...['vad_config', 'turn_detector', 'turn_handling', 'user_turn_strategies', 'smart_endpointing_plan'],
  ],
  'turn_detection.silence_duration_ms': [
    ...['stop_secs', 'min_endpointing_delay', 'utterance_end_ms', 'endpointing_ms', 'silence_duration'],
  ],
  'turn_detection.threshold': ['vad_threshold'],
  'turn_detection.eagerness': ['responsiveness', 'turn_eagerness'],
  'turn_detection.interrupt_response': [
    ...['allow_interruptions', 'interruptions_enabled', 'enable_interruptions', 'barge_in', 'interruptible'],
  ],
  interruption: ['interruptions', 'stop_speaking_plan'],
  'interruption.min_words': ['min_interruption_words', 'num_words_to_interrupt_assistant', 'interruption_min_words'],
  'interruption.min_speech': ['min_interruption_duration'],
  'interruption.resume_after': ['false_interruption_timeout'],
  idle: ['reminder', 'reminders', 'idle_messages', 'inactivity'],
  'idle.after': ['reminder_trigger_ms', 'user_away_timeout', 'turn_timeout'],
  'idle.times': ['reminder_max_count'],
  'limits.max_session': [
    ...['max_duration', 'max_call_duration'],
    ...['max_session_duration', 'max_conversation_duration', 'session_timeout', 'call_timeout'],
  ],
  'limits.idle': [
    ...['end_call_after_silence_ms', 'silence_timeout', 'silence_end_call_timeout'],
    ...['idle_timeout', 'user_idle_timeout'],
  ],
  'limits.max_tool_calls_in_flight': ['max_parallel_tool_calls', 'max_concurrent_tool_calls'],
  'audio.input': ['input_audio_format', 'input_format', 'audio_input', 'user_input_audio_format'],
  'audio.output': ['output_audio_format', 'output_format', 'audio_output', 'agent_output_audio_format'],
  'audio.input.rate': ['sample_rate', 'samplerate', 'input_sample_rate', 'audio_in_sample_rate'],
  'audio.output.rate': ['output_sample_rate', 'audio_out_sample_rate'],
  'audio.input.noise_reduction': [
    ...['input_audio_noise_reduction', 'noise_cancellation', 'noise_suppression', 'denoising_mode'],
    ...['background_denoising_enabled', 'noise_reduction'],
  ],
  'connection.base_url': ['base_url', 'url', 'endpoint', 'websocket_url'],
  'connection.auth': ['auth', 'auth_type', 'authentication'],
  tools: [
    ...['functions', 'function', 'tool', 'toolsets', 'toolset', 'actions', 'skills', 'plugins', 'tool_ids'],
    ...['function_tools', 'general_tools', 'client_tools', 'tool_definitions'],
  ],
  provider_data: ['extra', 'extra_body', 'extra_params', 'model_options', 'session_extra'],
}

/** The same inside other maps; `tools[]` is one tool. */
export const NESTED_SYNONYMS: { readonly [parent: string]: SettingSynonyms } = {
  stt: {
    model: ['model_id', 'id', 'name'],
    language: ['lang', 'locale', 'language_code', 'languages', 'language_hints'],
    prompt: ['keywords', 'hints', 'vocabulary', 'keyterms', 'keyterm', 'boosted_keywords', 'phrases'],
  },
  tts: { model: ['model_id', 'id', 'name'], speed: ['rate', 'speaking_rate', 'speech_rate', 'voice_speed'] },
  turn_detection: {
    type: ['mode', 'kind', 'method'],
    silence_duration_ms: [
      ...['silence', 'silence_duration', 'min_silence_duration'],
      ...['stop_secs', 'wait_seconds', 'endpointing', 'min_endpointing_delay', 'silence_timeout'],
    ],
    prefix_padding_ms: ['padding', 'prefix_padding', 'start_padding_ms', 'prefix_padding_duration'],
    threshold: ['vad_threshold', 'sensitivity', 'activation_threshold', 'confidence'],
    eagerness: ['responsiveness', 'turn_eagerness'],
    idle_timeout_ms: ['idle_timeout', 'idle'],
    create_response: ['auto_response'],
    interrupt_response: ['allow_interruptions', 'interruptible', 'barge_in', 'interruptions'],
  },
  'audio.input': {
    format: ['encoding', 'type', 'codec', 'audio_format'],
    rate: ['sample_rate', 'samplerate', 'sampling_rate', 'sample_rate_hertz', 'hz'],
    noise_reduction: ['noise_cancellation', 'noise_suppression', 'denoise'],
  },
  'audio.output': {
    format: ['encoding', 'type', 'codec', 'audio_format'],
    rate: ['sample_rate', 'samplerate', 'sampling_rate', 'sample_rate_hertz', 'hz'],
  },
  connection: {
    base_url: ['url', 'uri', 'endpoint', 'host', 'address'],
    auth: ['auth_type', 'authentication', 'scheme'],
    api_key_env: ['api_key', 'key', 'token', 'api_key_name', 'api_key_variable', 'env'],
    connect_timeout: ['timeout', 'open_timeout'],
  },
  limits: {
    max_session: [...['max_duration', 'max_session_duration', 'max_call_duration', 'duration', 'timeout']],
    idle: ['idle_timeout', 'silence_timeout', 'inactivity'],
    wrap_up_at: ['wrap_up', 'warn_at', 'warning_at'],
    max_tool_calls_in_flight: ['max_tool_calls', 'max_parallel_tool_calls', 'max_concurrent_tool_calls', 'concurrency'],
  },
  idle: {
    after: ['timeout', 'delay', 'wait', 'interval'],
    say: ['message', 'text', 'prompt', 'words', 'messages'],
    times: ['count', 'max', 'max_count', 'max_times', 'repeat'],
  },
  interruption: {
    min_words: ['words', 'num_words', 'min_word_count'],
    ignore: ['ignore_words', 'ignored', 'words_to_ignore'],
    min_speech: ['min_duration', 'voice_seconds'],
    resume_after: ['resume', 'false_interruption_timeout', 'backoff_seconds'],
  },
  reload: { apply: ['mode', 'when', 'strategy', 'policy'], ack_timeout: ['timeout', 'confirm_timeout'] },
  hooks: {
    session_started: ['on_session_start', 'session_start', 'started', 'on_start', 'on_connect', 'call_started'],
    session_ended: ['on_session_end', 'session_end', 'ended', 'on_end', 'on_disconnect', 'call_ended', 'on_call_end'],
    conversation_item_created: ['on_conversation_item_created', 'item_created', 'on_item_created'],
    conversation_item_updated: ['on_conversation_item_updated', 'item_updated', 'on_item_updated'],
    tool_finished: ['on_tool_end', 'tool_end', 'on_tool_finished', 'tool_called', 'tool_call'],
    reload: ['on_reload', 'reloaded'],
  },
  'tools[].mcp': {
    url: ['server', 'server_url', 'uri', 'endpoint', 'address'],
    command: ['cmd', 'program', 'run', 'exec'],
    name: ['label', 'server_label', 'id'],
    env: ['environment', 'env_vars', 'variables'],
  },
  'tools[]': {
    name: ['id', 'tool', 'function_name', 'title'],
    description: ['desc', 'doc', 'docs', 'docstring', 'summary', 'help'],
    run: [
      ...['command', 'cmd', 'script', 'path', 'exec', 'shell', 'program', 'handler', 'entrypoint', 'code', 'file'],
      ...['execute', 'implementation', 'module', 'entry', 'main'],
    ],
    parameters: [
      ...['args', 'arguments', 'params', 'schema', 'input_schema', 'inputs', 'input', 'args_schema'],
      ...['json_schema'],
    ],
    timeout: ['max_time', 'deadline', 'response_timeout'],
    env: ['environment', 'env_vars', 'variables', 'secrets'],
    cwd: ['workdir', 'working_dir', 'working_directory', 'dir', 'directory'],
    max_output: ['max_output_bytes', 'output_limit'],
    retry: ['retries', 'max_retries', 'retry_count'],
    confirm: ['confirmation', 'require_confirmation', 'requires_confirmation', 'require_approval', 'needs_approval'],
    background: ['async', 'is_async', 'run_in_background', 'non_blocking', 'deferred'],
    on_interrupt: ['cancel_on_interruption', 'cancel_on_interrupt', 'disable_interruptions'],
    say_after: ['filler', 'filler_message', 'waiting_message', 'speak_during_execution', 'pre_tool_speech'],
  },
}

/** Settings that people write in the wrong map, each with the path of ours. */
export const MISPLACED_SETTINGS: { readonly [wrong: string]: string } = {
  'tts.voice': 'voice',
  'tts.voice_id': 'voice',
  'tts.language': 'stt.language',
  'audio.voice': 'voice',
  'audio.format': 'audio.input.format',
  'audio.rate': 'audio.input.rate',
  'audio.sample_rate': 'audio.input.rate',
  'audio.input.transcription': 'stt',
  'audio.input.turn_detection': 'turn_detection',
  'audio.output.voice': 'voice',
  'audio.output.speed': 'tts.speed',
  'audio.output.model': 'tts.model',
  'connection.model': 'model',
  'turn_detection.language': 'stt.language',
  'turn_detection.turn_timeout': 'idle.after',
  'turn_detection.silence_end_call_timeout': 'limits.idle',
  'stt.encoding': 'audio.input.format',
  'stt.user_input_audio_format': 'audio.input.format',
  'stt.sample_rate': 'audio.input.rate',
  'tts.encoding': 'audio.output.format',
  'tts.output_format': 'audio.output.format',
  'tts.agent_output_audio_format': 'audio.output.format',
  'tts.sample_rate': 'audio.output.rate',
}

/** Our settings, each with the keys of others that mean it. */
export interface SettingSynonyms {
  readonly [right: string]: readonly string[]
}
