/**
 * What a response or a transcription used, as far as the service says. Cached tokens are part of the input tokens; audio tokens are part of
 * the input or output tokens.
 */
export interface Usage {
  readonly input_tokens?: number
  readonly output_tokens?: number
  readonly cached_tokens?: number
  readonly input_audio_tokens?: number
  readonly output_audio_tokens?: number
  /** Transcription may be counted by the length of the sound, in seconds. */
  readonly seconds?: number
}

/** Reads a `usage` object into a field; no field if it says nothing that we know. */
export function readUsage(value: unknown): { readonly usage?: Usage } {
  const fields = object(value)
  const input = object(fields.input_token_details)
  const output = object(fields.output_token_details)
  const usage = {
    ...count('input_tokens', fields.input_tokens),
    ...count('output_tokens', fields.output_tokens),
    ...count('cached_tokens', input.cached_tokens),
    ...count('input_audio_tokens', input.audio_tokens),
    ...count('output_audio_tokens', output.audio_tokens),
    ...count('seconds', fields.seconds),
  }
  return Object.keys(usage).length === 0 ? {} : { usage }
}

function count(name: keyof Usage, value: unknown): Partial<Usage> {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? { [name]: value } : {}
}

function object(value: unknown): { readonly [key: string]: unknown } {
  return { ...Object(value) }
}
