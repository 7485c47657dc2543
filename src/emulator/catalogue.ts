/** Ids the service is known to accept (its documentation, autumn 2026). The lists change; `acceptAnyModel` ignores them. */
export const STT_MODELS: readonly string[] = [
  'inworld/inworld-stt-1',
  'assemblyai/u3-rt-pro',
  'assemblyai/universal-streaming-multilingual',
  'assemblyai/universal-streaming-english',
  'assemblyai/whisper-rt',
  'soniox/stt-rt-v4',
]

/** Models that speak. */
export const TTS_MODELS: readonly string[] = [
  'inworld-tts-2',
  'inworld-tts-2-flash',
  'inworld-tts-1.5-max',
  'inworld-tts-1.5-mini',
  'inworld-tts-1',
  'inworld-tts-1-max',
]

/** Case matters. A custom voice is `<workspace>__<voice>`. */
const VOICES: readonly string[] = [
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

/** Whether a voice is known, or may be a custom one. */
export function isVoice(name: string): boolean {
  return VOICES.includes(name) || /^.+__.+$/.test(name)
}
