import type { Path } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { parseLanguageTag } from '../language-tags.ts'
import { describeValue, yamlList, yamlWord } from '../printing/format-value.ts'
import { meantSocketAddress } from '../requests/address.ts'
import { valueText } from '../value-text.ts'
import { isDurationSchema } from './duration-units.ts'
import { formatMap } from './known-settings.ts'
import { likelyDurations } from './likely-durations.ts'
import { fits, type Subschema } from './subschemas.ts'
import { countPairsWithoutSpace, MISSING_SPACES, suggestParameters } from './suggest-tools.ts'
import type { Suggestion, ValueSchema } from './suggestion.ts'
import { resolveSynonym } from './value-synonyms.ts'

/** The main settings of each map, whose value is often written in place of the map; the first that accepts it is suggested. */
const MAIN_KEYS: { readonly [map: string]: readonly string[] } = {
  stt: ['language', 'model'],
  tts: ['speed', 'model'],
  idle: ['after', 'say'],
  limits: ['max_session'],
  reload: ['apply'],
  connection: ['base_url'],
  interruption: ['min_words'],
  say_after: ['delay', 'text'],
  http: ['url'],
  input: ['format'],
  output: ['format'],
  hooks: ['session_ended'],
}

/** Suggests a map for another value: most often that is the value of its main setting. */
export function suggestMap(data: unknown, path: Path, schema: ValueSchema): Suggestion | null {
  const key = String(path.findLast((part) => typeof part === 'string') ?? '')
  const { properties } = schema
  if (isJsonMap(data)) return { help: 'It is JSON in a text: leave out the quotes round it, or the | before it.' }
  const ofArguments = key === 'parameters' ? suggestParameters(data) : null
  if (ofArguments !== null) return ofArguments
  if (key === 'hooks' && Array.isArray(data) && !data.some((hook) => hasKeyOf(properties, hook))) {
    const [{ event, on, name, type } = {}] = data.map(Object)
    const named = [event, on, name, type].find((word) => typeof word === 'string') ?? 'session_ended'
    return { help: `Write each by its event: ${yamlWord(named)}: ../hooks/save_call.mjs.` }
  }
  const header = key === 'headers' ? nameOfHeader(data) : null
  if (header !== null) return { help: `Write each by its name: ${yamlWord(header)}: ….` }
  if (Array.isArray(data) && isScatteredMap(data))
    return {
      help: `Remove ${data.length === 1 ? 'the' : 'each'} "-", or the brackets: it is one map, and no list of them.`,
    }
  if (typeof data === 'object' && data !== null) return null
  const types = properties?.type?.enum
  const type = types === undefined ? null : resolveSynonym(data, 'type', types)
  if (type !== null)
    return { what: `is ${describeValue(data)}; a map with that type is wanted`, replacements: [`{ type: ${type} }`] }
  if (key === 'mcp' && typeof data === 'string' && data.trim() !== '') {
    const right = data.includes('://') ? `url: ${yamlWord(data)}` : `command: ${yamlList(data.trim().split(/\s+/))}`
    return { replacements: [`{ ${right} }`] }
  }
  const [, joinedKey = '', sign = '', rest = ''] = /^([A-Za-z_]\w*)(\s*[:=]>?|\s)\s*(\S.*)$/.exec(valueText(data)) ?? []
  if (Object.hasOwn(properties ?? {}, joinedKey)) {
    const keys = Object.keys(properties ?? {})
    if (countPairsWithoutSpace(valueText(data), keys) > 1) return MISSING_SPACES
    const words = [...String(data).matchAll(/(?<!\S)[A-Za-z_]\w*(?=[\s:=])/g)].filter(([word]) => keys.includes(word))
    if (words.length > 1)
      return { help: 'Write each setting on a line of its own, with a ":" and a space behind its key.' }
    const value = /^([[{"']|(true|false|[\d.]+)$)/.test(rest) ? rest : yamlWord(rest)
    const right = `{ ${joinedKey}: ${value} }`
    const help = valueText(data).startsWith(`${joinedKey}: `)
      ? `Write ${right}, or put it on a line of its own.`
      : `Write a ${sign.endsWith(':') ? 'space behind the ":"' : '":" behind the key'}: ${joinedKey}: ${rest}.`
    return { replacements: [right], help }
  }
  if (typeof data === 'string' && Object.hasOwn(properties ?? {}, data))
    return { help: `Write a ":" behind the key, and its value behind that: ${data}: ….` }
  if (typeof data === 'boolean') {
    const [needed] = (schema as Subschema).required ?? []
    if (!data) return { help: 'Leave it out where it is not wanted.' }
    return needed === undefined ? null : { replacements: [formatMap(schema as Subschema, { [needed]: undefined })] }
  }
  const mainKeys = Object.hasOwn(MAIN_KEYS, key) ? (MAIN_KEYS[key] ?? []) : []
  if (typeof data !== 'string' && typeof data !== 'number') return null
  const [main] = mainKeys.flatMap((each) => {
    const word = formatMainValue(data, [...path, each], properties)
    return word === null ? [] : [formatMap(schema as Subschema, { [each]: word })]
  })
  return main === undefined ? null : { replacements: [main] }
}

function isJsonMap(data: unknown): boolean {
  if (typeof data !== 'string' || !/^\s*\{/.test(data)) return false
  try {
    return isMap(JSON.parse(data))
  } catch {
    return false
  }
}

/** Whether a value is a map with one of the settings that belong there. */
function hasKeyOf(properties: ValueSchema['properties'], value: unknown): boolean {
  return isMap(value) && Object.keys(value).some((key) => Object.hasOwn(properties ?? {}, key))
}

/** The name of the first header, where they are lines of text or maps of a name and a value. */
function nameOfHeader(data: unknown): string | null {
  const [first] = [data].flat()
  const { name, key } = Object(first) as { readonly name?: unknown; readonly key?: unknown }
  const [, inText] = /^([\w-]+)\s*:/.exec(valueText(first)) ?? []
  return [name, key, inText].find((word) => typeof word === 'string') ?? null
}

/** Whether the entries of a list are maps without a key in common: one map with a "-" before its keys. */
function isScatteredMap(entries: readonly unknown[]): boolean {
  if (entries.length === 0 || !entries.every(isMap)) return false
  const keys = entries.flatMap((entry) => Object.keys(Object(entry)))
  return new Set(keys).size === keys.length
}

/** The value as it is written for a main setting; null if it is not valid there. */
function formatMainValue(data: string | number, path: Path, properties: ValueSchema['properties']): string | null {
  const main = String(path.at(-1))
  const part = Object(properties)[main] as Subschema | undefined
  if (part === undefined) return null
  const tag = main === 'language' ? parseLanguageTag(String(data)) : null
  if (tag !== null && tag !== 'tag') return typeof tag === 'object' ? tag.meant : null
  const word = part.enum === undefined ? null : resolveSynonym(data, main, part.enum)
  if (word !== null) return word
  if (typeof data === 'number' && isDurationSchema(part)) return likelyDurations(String(data), path)[0] ?? null
  const meant = main === 'base_url' && typeof data === 'string' ? (meantSocketAddress(data) ?? data) : data
  if (!fits(part, meant) || (main.endsWith('url') && !String(meant).includes('://'))) return null
  return yamlWord(meant)
}
