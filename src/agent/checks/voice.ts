import type { AgentFileData } from '../build.ts'
import { CATALOGUE_DATE, SPEECH_MODELS, TRANSCRIBERS, VOICES } from '../catalogue.ts'
import { authorPath, type Fault, type Path } from '../findings/fault.ts'
import { nearest } from '../nearest.ts'
import type { Check } from './check.ts'

const SIDES = ['input', 'output'] as const

/** G.711 is a coding of telephones and has one rate. */
export const checkFormats: Check = (data, { at }) =>
  SIDES.flatMap((side): Fault[] => {
    const format = data.audio?.[side]
    if (format?.rate === undefined || format.rate === 8000 || (format.format !== 'pcmu' && format.format !== 'pcma'))
      return []
    const message = `audio.${side}.rate is ${format.rate}; ${format.format} is always 8000`
    return [{ rule: 'RV301', message, help: 'Remove the rate, or choose pcm.', ...at(['audio', side, 'rate']) }]
  })

/** Two rates in one conversation mean resampling, most often by mistake. */
export const checkRates: Check = (data, { at, isValid }) => {
  if (data.audio === undefined) return []
  const isFine = SIDES.every((side) => ['format', 'rate'].every((key) => isValid(['audio', side, key])))
  if (!isFine) return []
  const [input, output] = [rateOf(data, 'input'), rateOf(data, 'output')]
  if (input === null || output === null || input === output) return []
  const path = data.audio.output === undefined ? ['audio', 'input'] : ['audio', 'output']
  const message = `the caller is heard at ${input} Hz and the agent speaks at ${output} Hz`
  return [{ rule: 'RV305', message, help: 'Give both sides one rate, unless the line needs two.', ...at(path, 'key') }]
}

function rateOf({ audio }: AgentFileData, side: 'input' | 'output'): number | null {
  const { format = 'pcm', rate } = audio?.[side] ?? {}
  if (format !== 'pcm') return rate === undefined || rate === 8_000 ? 8_000 : null
  return rate === undefined ? 24_000 : typeof rate === 'number' ? rate : null
}

/** With create_response: false nothing makes the agent answer. */
export const checkCreateResponse: Check = (data, { at }) => {
  const turns = data.turn_detection as { create_response?: unknown; idle_timeout_ms?: unknown } | undefined
  if (turns?.create_response !== false || turns.idle_timeout_ms !== undefined) return []
  const message = 'create_response is false, and nothing else lets the agent answer what is said'
  const help = 'Remove it, or set idle_timeout_ms (server_vad), or let a program ask for the answers and ignore this.'
  return [{ rule: 'RV303', message, help, ...at(['turn_detection', 'create_response']) }]
}

export const checkGreeting: Check = (data, { at, isValid }) => {
  const modalities = data.output_modalities
  if (!Array.isArray(modalities) || !modalities.every((_, index) => isValid(['output_modalities', index]))) return []
  if (data.greeting === undefined || modalities.length === 0 || modalities.includes('audio')) return []
  const help = 'Add audio to output_modalities, or remove the greeting if the agent only writes.'
  const message = 'the greeting is not heard: output_modalities has no audio'
  return [{ rule: 'RV304', message, help, ...at(['greeting'], 'key') }]
}

/** Voices and models that are not in the catalogue. */
export const checkCatalogue: Check = (data, { at, isValid }) => {
  const tools: readonly unknown[] = Array.isArray(data.tools) ? data.tools : []
  const offered = tools.flatMap((tool, index) => {
    const { voices } = Object(tool) as { readonly voices?: unknown }
    const names: readonly unknown[] = Array.isArray(voices) ? voices : []
    return names.map((voice, position) => [['tools', index, 'voices', position], voice, VOICES] as const)
  })
  const listed: readonly (readonly [Path, unknown, readonly string[]])[] = [
    ...offered,
    [['voice'], data.voice, VOICES],
    [['stt', 'model'], data.stt?.model, TRANSCRIBERS],
    [['tts', 'model'], data.tts?.model, SPEECH_MODELS],
  ]
  return listed.flatMap(([path, value, known]): Fault[] => {
    if (typeof value !== 'string' || !isValid(path) || known.includes(value) || value.includes('__')) return []
    const suggest = nearest(value, known)
    const message = `${authorPath(path)} "${value}" was not listed by the service in ${CATALOGUE_DATE}`
    const meant = suggest[0] === undefined ? '' : `Did you mean ${suggest[0]}? `
    const help = `${meant}Listed were: ${known.join(', ')}.`
    return [{ rule: 'RV307', message, help, suggest, text: value, ...at(path) }]
  })
}

/** Defaults that another version may change. */
export const checkDefaults: Check = (data, { parsed }) => {
  const omitted = [
    ...(data.model === undefined ? ['model (openai/gpt-4.1-mini)'] : []),
    ...(data.voice === undefined ? ['voice (Clive)'] : []),
  ]
  if (omitted.length === 0) return []
  const { file, start } = parsed.placeOf([], 'value')
  const message = `${omitted.join(' and ')} ${omitted.length === 1 ? 'is' : 'are'} left out`
  const help = 'Write out what the agent is to keep, whatever a later version takes.'
  return [{ rule: 'RV302', message, help, place: { file, start, end: start }, pointer: '' }]
}
