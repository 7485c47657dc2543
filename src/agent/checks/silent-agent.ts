import type { Check } from './check.ts'

/** With create_response: false nothing makes the agent answer. */
export const checkCreateResponse: Check = (data, { at }) => {
  const turns = data.turn_detection as { create_response?: unknown; idle_timeout_ms?: unknown } | undefined
  if (turns?.create_response !== false || turns.idle_timeout_ms !== undefined) return []
  const message = 'create_response is false, and nothing else lets the agent answer what is said'
  const help = 'Remove it, or set idle_timeout_ms (server_vad), or let a program ask for the answers and ignore this.'
  return [{ rule: 'RV303', message, help, ...at(['turn_detection', 'create_response']) }]
}

/** A greeting is said: an agent that only writes has none that is heard. */
export const checkGreeting: Check = (data, { at, isValid }) => {
  const modalities = data.output_modalities
  if (!Array.isArray(modalities) || !modalities.every((_, index) => isValid(['output_modalities', index]))) return []
  if (data.greeting === undefined || modalities.length === 0 || modalities.includes('audio')) return []
  const help = 'Add audio to output_modalities, or remove the greeting if the agent only writes.'
  const message = 'the greeting is not heard: output_modalities has no audio'
  return [{ rule: 'RV304', message, help, ...at(['greeting'], 'key') }]
}
