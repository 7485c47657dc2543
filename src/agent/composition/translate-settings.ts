import { type Fault, type Path, pointerOf } from '../findings/fault.ts'
import { foreignSettingFault } from '../shape/foreign-setting-fault.ts'
import { adviceFor, isFunctionWrapper, isSettingsWrapper, translateKey } from '../shape/foreign-settings.ts'
import { subschemaAt } from '../shape/known-settings.ts'
import { AGENT_FILE_SCHEMA, allowsKey, type Subschema, subschemasFor } from '../shape/subschemas.ts'
import { valueAt } from '../value-at.ts'
import { merge, omit } from './merge.ts'
import { originAt, type Sourced } from './origin.ts'
import { type SchemaScope, unknownCollections } from './unknown-collections.ts'

/**
 * Settings with the maps and lists that stand under the words of neighbouring tools read as what is meant by them, so that what is wrong inside
 * is told as well. Each of those words is told; a single value under one is left to the schema, which says how it is written here.
 */
export function translateSettings(settings: Sourced, holding: SchemaScope, tell: (fault: Fault) => void): Sourced {
  for (const word of unknownCollections(settings.data, holding)) {
    const meant = settingsUnder(word, settings, holding)
    if (meant === null) continue
    tell(faultOf(word, settings, holding))
    const { data, origin } = settings
    // What others write beside `function` says that it is one.
    const others = holding === 'tool' && word[0] === 'function' ? omit(data, ['type']) : data
    return translateSettings(merge(meant, { data: withoutWord(others, word), origin }), holding, tell)
  }
  return settings
}

const { definitions } = AGENT_FILE_SCHEMA as { readonly definitions?: { readonly tool?: Subschema } }

/** What the schema says of such a map. */
const KNOWN: { readonly [holding in SchemaScope]: Subschema } = {
  file: AGENT_FILE_SCHEMA,
  tool: definitions?.tool ?? {},
}

/** Where the word of a neighbour stands in its map, or in one inside. */
type Word = readonly string[]

/** The settings without a word. */
function withoutWord(data: unknown, [key = '', ...inner]: Word): { readonly [key: string]: unknown } {
  if (inner.length === 0) return omit(data, [key])
  return { ...Object(data), [key]: withoutWord(valueAt(data, [key]), inner) }
}

const PARENT = { file: '', tool: 'tools[].' } as const

/** The settings that the value of a wrong word stands for; null where it is no such word, or they are there already. */
function settingsUnder(word: Word, { data, origin }: Sourced, holding: SchemaScope): Sourced | null {
  const map = data as { readonly [key: string]: unknown }
  const value = { data: valueAt(map, word), origin: originAt(origin, word) }
  const words = PARENT[holding] + word.join('.')
  if (isSettingsWrapper(words, value.data) || isFunctionWrapper(words, value.data)) return value
  const right = translateKey(words, Object.keys(KNOWN[holding].properties ?? {}))
  if (right === null || (right.isAtTop && holding === 'tool') || (!right.isAtTop && word.length > 1)) return null
  if (holding === 'tool' && !allowsKey(subschemasFor(subschemaAt('tools')?.items ?? {}, map), right.word)) return null
  const path = right.word.split('.')
  if (valueAt(map, path) !== undefined) return null
  // Words in a list where one text is wanted: with the word it is told how they are written.
  if (Array.isArray(value.data) && subschemaAt(right.word)?.type === 'string') return null
  if (adviceFor(words, value.data, map) !== null) return null
  return path.reduceRight<Sourced>((inner, key) => {
    return { data: { [key]: inner.data }, origin: { ...value.origin, inner: new Map([[key, inner.origin]]) } }
  }, value)
}

/** The fault of the word itself, where it stands. */
function faultOf(word: Word, { data, origin }: Sourced, holding: SchemaScope): Fault {
  const { part, path } = originAt(origin, word)
  const index = origin.path.at(-1)
  const shown: Path = holding === 'tool' ? ['tools', index ?? 0, ...word] : word
  const placeOf = (_: Path, side: 'key' | 'value') => part.parsed.placeOf(path, side)
  const around = word.slice(0, -1)
  const schema = around.length === 0 ? KNOWN[holding] : (subschemaAt(around.join('.')) ?? {})
  const fault = foreignSettingFault(shown, { data: valueAt(data, around), parentSchema: schema }, { placeOf })
  return { ...(fault as Fault), pointer: pointerOf(path), isReadOn: true }
}
