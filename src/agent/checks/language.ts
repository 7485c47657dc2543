import type { Fault } from '../findings/fault.ts'
import { parseLanguageTag } from '../language-tags.ts'
import type { Check } from './check.ts'

/** The language of a transcriber is a language code; most transcribers silently ignore anything else. */
export const checkLanguage: Check = (data, { at }) => {
  const language = data.stt?.language
  const path = ['stt', 'language']
  if (typeof language !== 'string') return []
  const tag = parseLanguageTag(language)
  if (tag === 'tag') return []
  const warning = (message: string, help: string, suggest: readonly string[] = []): readonly Fault[] => {
    const whole = `stt.language is ${JSON.stringify(language)}${message}`
    return [{ rule: 'RV311', message: whole, help, suggest, text: language, ...at(path) }]
  }
  if (tag === 'any') return warning(', which is no language', 'Leave it out, and the transcriber finds it by itself.')
  if (tag === 'unknown') return warning(', which is no code of a language', 'Write its code, such as en, de or pt-BR.')
  return warning('; the code of a language is wanted', `Write ${tag.meant}.`, [tag.meant])
}
