import { CATALOGUE_DATE, SPEECH_MODELS, TRANSCRIBERS, VOICES } from '../catalogue.ts'
import { authorPath, type Fault, type Path } from '../findings/fault.ts'
import { nearest } from '../nearest.ts'
import type { Check } from './check.ts'

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
