import { withProvider } from '../catalogue.ts'
import type { Path } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { formatValue, yamlList, yamlWord } from '../printing/format-value.ts'
import { valueText } from '../value-text.ts'
import { isDurationSchema, normalizeDuration } from './duration-units.ts'
import { PROSE_KEYS, subschemaAt } from './known-settings.ts'
import { isDurationInRange, likelyDurations } from './likely-durations.ts'
import { fits, type Subschema } from './subschemas.ts'
import { suggestFormat, suggestMemorySize } from './suggest-format.ts'
import { suggestMap } from './suggest-map.ts'
import { suggestNumber } from './suggest-number.ts'
import { suggestProgram, suggestTool, suggestTools, suggestVariable } from './suggest-tools.ts'
import type { Suggestion, ValueSchema } from './suggestion.ts'
import { resolveSynonym } from './value-synonyms.ts'

/** A value that the schema refuses, from the validator's error. */
interface RejectedValue {
  readonly data?: unknown
  readonly keyword: string
  readonly parentSchema?: object
}

/** Suggests what to write for a value in the wrong form: a number in quotes, a word in place of a list, the form of another tool. */
export function suggestValue({ data, parentSchema, keyword }: RejectedValue, path: Path): Suggestion | null {
  const schema = parentSchema as ValueSchema
  const key = String(path.findLast((part) => typeof part === 'string') ?? '')
  const types: readonly unknown[] = [schema.type].flat()
  const wants = (...names: readonly string[]) => names.some((name) => types.includes(name))
  const withoutSign = suggestWithoutSign(data, parentSchema)
  if (withoutSign !== null) return withoutSign
  switch (keyword) {
    case 'type':
      if (path.length <= 2 && path[0] === 'tools')
        return path.length === 1 ? suggestTools(data) : (suggestTool(data) ?? suggestMap(data, path, schema))
      if (isDurationSchema(parentSchema) && typeof data === 'number') return suggestUnit(data, path)
      if (key === 'memory' && typeof data === 'number') return suggestMemorySize(data)
      return (
        (wants('number', 'integer') ? suggestNumber(data, key) : null) ??
        (wants('boolean') ? suggestBoolean(data) : null) ??
        (wants('array') && !wants('string') ? suggestList(data, key, schema) : null) ??
        (wants('object') ? suggestMap(data, path, schema) : null) ??
        (wants('string') ? suggestText(data, key) : null)
      )
    case 'pattern':
      if (typeof data !== 'string') return null
      if (isDurationSchema(parentSchema)) return suggestDuration(data, path)
      return (wants('number', 'integer') ? suggestNumber(data, key) : null) ?? suggestFormat(data, path)
    case 'enum': {
      const right = resolveSynonym(data, key, (parentSchema as { enum: readonly unknown[] }).enum)
      if (right === null) return null
      // A rate would be lost where the word alone is put in.
      const rate = right === 'pcm' ? unusualRateIn(data) : undefined
      const help = rate === undefined ? {} : { help: `Write ${right}, with rate: ${rate} beside it.` }
      return { replacements: [right], ...help }
    }
    case 'uniqueItems': {
      return { replacements: [yamlList([...new Set(data as readonly string[])])] }
    }
    case 'minLength':
    case 'minItems':
      return data === '' || (Array.isArray(data) && data.length === 0) ? { what: 'is empty' } : null
    default:
      return null
  }
}

/** A rate other than the default that is part of a format elsewhere: `{ type: audio/pcm, rate: 16000 }`, `pcm_16000`. */
export function unusualRateIn(format: unknown): unknown {
  const { enum: rates = [], default: usual } = subschemaAt('audio.input.rate') ?? {}
  const [digits] = /(?<=_)\d{4,5}$/.exec(valueText(format)) ?? []
  const rate = isMap(format) ? format.rate : Number(digits)
  return rates.find((each) => each === rate && each !== usual)
}

/** Suggests what stands before the comma or semicolon that ends a line in JSON and in many languages. */
function suggestWithoutSign(data: unknown, schema: object | undefined): Suggestion | null {
  const [, bare = '', sign] = /^([^,;\s]+)\s*([,;])$/.exec(valueText(data)) ?? []
  const meant = /^(true|false)$/.test(bare) ? bare === 'true' : Number.isFinite(Number(bare)) ? Number(bare) : bare
  if (sign === undefined || !fits((schema ?? {}) as Subschema, meant)) return null
  const word = sign === ',' ? 'comma' : 'semicolon'
  const what = `is ${formatValue(data)}, with a ${word} behind it`
  return { what, replacements: [bare], help: `Write ${bare}: nothing parts the lines.` }
}

function suggestUnit(data: number, path: Path): Suggestion {
  const what = `is ${data}, without a unit; a duration such as 8s is wanted`
  return { what, replacements: likelyDurations(String(data), path) }
}

function suggestDuration(data: string, path: Path): Suggestion {
  const isNumber = /^\s*\d+(\.\d+)?\s*$/.test(data)
  const right = normalizeDuration(data)
  const units = right === null || !isDurationInRange(right, path) ? [] : [right]
  const what = `is ${formatValue(data)}; a number with ms, s or m behind it is wanted`
  return { what, replacements: isNumber ? likelyDurations(data.trim(), path) : units }
}

function suggestBoolean(data: unknown): Suggestion | null {
  const isTrue = /^(true|yes|on|y|1|enabled|always)$/i.test(valueText(data))
  if (!isTrue && !/^(false|no|off|n|0|disabled|none|never)$/i.test(valueText(data))) return null
  return { what: `is ${formatValue(data)}; true or false is wanted`, replacements: [String(isTrue)] }
}

/** Suggests a list for one word, or several with commas between them. */
function suggestList(data: unknown, key: string, { items }: ValueSchema): Suggestion | null {
  if (items === undefined) return null
  const isRight = (words: readonly string[]) => words.every((word) => fits(items as Subschema, word))
  const keys = bareKeys(data)
  if (keys !== null && isRight(keys)) return { replacements: [yamlList(keys)] }
  if (key === 'env' && isMap(data) && isRight(Object.keys(data))) {
    const names = yamlList(Object.keys(data))
    return { replacements: [names], help: `Write ${names}: names alone, since values come from the environment.` }
  }
  const [variable] =
    key === 'env' && typeof data === 'string' && !/[\s,]/.test(data)
      ? (suggestFormat(data, [key])?.replacements ?? [])
      : []
  if (variable !== undefined) return { replacements: [`[${variable}]`] }
  if (typeof data !== 'string' || data.length > WORDS_CHARACTERS_MAX) return null
  const words = splitWords(data)
  return words.length > 0 && isRight(words) ? { replacements: [yamlList(words)] } : null
}

/** How long a text may be that is split into a list, in characters: the time grows with the square of its length. */
const WORDS_CHARACTERS_MAX = 2_000

/** Splits a text that is a list to people: with commas, bullets or numbers. */
function splitWords(text: string): readonly string[] {
  const parted = text
    .trim()
    .replace(/^[[(]|[\])]$/g, '')
    .replaceAll(/(?<!\S)(?:[-*•]|\d+[.)])\s*/g, ',')
  return parted.split(/\s*[,;+]\s*/).filter((word) => word !== '')
}

/** The keys of a map without values: `{ one, two }`. */
function bareKeys(data: unknown): readonly string[] | null {
  if (!isMap(data) || Object.keys(data).length === 0) return null
  return Object.values(data).every((value) => value === null) ? Object.keys(data) : null
}

/** Keys of the maps in which other tools have what is one text here. */
const WRAPPED_KEYS: { readonly [key: string]: readonly string[] } = {
  voice: ['voice_id', 'voiceId', 'id', 'name', 'voice'],
  model: ['model', 'name', 'id', 'model_id', 'modelId'],
  greeting: ['text', 'message', 'content', 'value'],
  say: ['text', 'message'],
}

/** How long the hints for a transcriber may be that are repeated in a suggestion, in characters. */
const PROMPT_CHARACTERS_MAX = 80

/** Keys under which other tools have the prompt, beside the model or in a map of its own. */
const PROMPT_KEYS = ['messages', 'prompt', 'system_prompt', 'instructions', 'text', 'content', 'system']

/** Suggests a prompt for a map: its file, or the text in it. */
function suggestPrompt(data: { readonly [key: string]: unknown }): Suggestion {
  const file = [data.file, data.path].find((value) => typeof value === 'string')
  const promptKey = PROMPT_KEYS.find((name) => typeof data[name] === 'string')
  const help =
    file !== undefined
      ? `Write instructions_file: ${yamlWord(String(file))} in its place.`
      : promptKey !== undefined
        ? `Its text is ${promptKey}: write that behind instructions: itself.`
        : 'Write a | behind instructions:, with the text below it, or put it in quotes.'
  return { help }
}

function suggestText(data: unknown, key: string): Suggestion | null {
  if ((key === 'run' || key === 'command') && isMap(data)) return suggestProgram(data)
  if (typeof data === 'number' || typeof data === 'boolean') {
    const what = `is ${formatValue(data)}, which is no text`
    if (key.endsWith('url')) return { what }
    return typeof data === 'boolean' && PROSE_KEYS.includes(key)
      ? { what, help: 'Leave it out where there is to be none, or write the words.' }
      : { what, replacements: [JSON.stringify(String(data))] }
  }
  if (Array.isArray(data) && data.length === 1 && typeof data[0] === 'string')
    return { replacements: [yamlWord(data[0])] }
  if (key === 'env' && isMap(data)) return suggestVariable(data)
  const [onlyKey, ...others] = bareKeys(data) ?? []
  if (onlyKey !== undefined && others.length === 0) return { replacements: [yamlWord(onlyKey)] }
  if (key === 'idle' && isMap(data)) return { help: ONE_TIME_HELP }
  if (key === 'extends' && Array.isArray(data)) return { help: ONE_PARENT_HELP }
  if (key === 'include' && Array.isArray(data))
    return { help: 'Write an entry for each file: - include: ./_common.yaml.' }
  if (PROSE_KEYS.includes(key) && Array.isArray(data)) {
    const words = data.map(valueText).join(', ')
    const isOfWords = data.every((word) => typeof word !== 'object')
    if (key === 'prompt' && isOfWords && words.length <= PROMPT_CHARACTERS_MAX)
      return { replacements: [JSON.stringify(words)] }
    return { help: `Write it as one text: a | behind ${key}:, with the lines below it.` }
  }
  if (!isMap(data)) return null
  if (key === 'instructions') return suggestPrompt(data)
  const promptKey = key === 'model' ? PROMPT_KEYS.find((name) => Object.hasOwn(data, name)) : undefined
  const prompt =
    promptKey === undefined
      ? ''
      : `, ${promptKey} among them: ${promptKey === 'messages' ? 'they are' : 'it is'} instructions`
  const contains: Pick<Suggestion, 'contains'> = promptKey === undefined ? {} : { contains: ['instructions'] }
  const names = Object.hasOwn(WRAPPED_KEYS, key) ? WRAPPED_KEYS[key] : undefined
  // Deepgram has the model in the map of its provider, whose own name is spelt differently.
  const holder = isMap(data.provider) ? data.provider : data
  const inner = names?.map((name) => holder[name]).find((value) => typeof value === 'string')
  if (typeof inner === 'string') {
    const provider = [data.provider, data.service].find((value) => typeof value === 'string')
    const isBare = key === 'model' && !inner.includes('/')
    const whole = (isBare && (provider === undefined ? withProvider(inner) : `${provider}/${inner}`)) || inner
    const hasOtherKeys = Object.keys(data).some(
      (name) => !['provider', 'service'].includes(name) && !names?.includes(name),
    )
    const help = `Write ${yamlWord(whole)}; the rest of it are settings of their own${prompt}.`
    return { replacements: [yamlWord(whole)], ...(hasOtherKeys ? { help } : {}), ...contains }
  }
  if (promptKey !== undefined)
    return { help: `Write provider/model; the rest of it are settings of their own${prompt}.`, ...contains }
  return PROSE_KEYS.includes(key)
    ? { help: `Write a | behind ${key}:, with the text below it, or put it in quotes.` }
    : null
}

const ONE_TIME_HELP =
  'This is one time, after which the conversation ends; what is said to one who is silent is idle: at the top of the file.'
const ONE_PARENT_HELP = 'A file extends one other, which may extend the next: keep one of them here.'
