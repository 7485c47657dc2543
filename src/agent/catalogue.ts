/** When the lists below were taken from the service's pages. They age: what is not in them is a warning at most. */
export const CATALOGUE_DATE = 'September 2026'

/** Ids of transcribers that listen to a stream. */
export const TRANSCRIBERS: readonly string[] = [
  'inworld/inworld-stt-1',
  'assemblyai/u3-rt-pro',
  'assemblyai/universal-streaming-multilingual',
  'assemblyai/universal-streaming-english',
  'assemblyai/whisper-rt',
  'soniox/stt-rt-v4',
]

/** Ids of speech models, those that are on their way out included. */
export const SPEECH_MODELS: readonly string[] = [
  'inworld-tts-2',
  'inworld-tts-2-flash',
  'inworld-tts-1.5-max',
  'inworld-tts-1.5-mini',
  'inworld-tts-1',
  'inworld-tts-1-max',
]

/** Voices that every workspace has; those of one workspace are called `<workspace>__<voice>`. */
export const VOICES: readonly string[] = [
  'Dennis',
  'Sarah',
  'Clive',
  'Ashley',
  'Luna',
  'Hades',
  'Wendy',
  'Edward',
  'Olivia',
  'Timothy',
  'Priya',
  'Ronald',
  'Deborah',
  'Alex',
  'Craig',
  'Mark',
]

/** Providers, by how the names of their models begin. */
const PROVIDERS: readonly (readonly [RegExp, string])[] = [
  [/^(gpt-|o\d|chatgpt)/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^gemini-/, 'google-ai-studio'],
  [/^grok-/, 'xai'],
]

/** A model with its provider in front, where its provider is known by the name. */
export function withProvider(model: string): string | undefined {
  const provider = PROVIDERS.find(([begins]) => begins.test(model))?.[1]
  return provider === undefined ? undefined : `${provider}/${model}`
}
