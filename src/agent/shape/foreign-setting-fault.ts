import { type Fault, type Move, type Path, pointerOf, wordsOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { readTag } from '../language-tags.ts'
import { plain } from '../printing/shown-value.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { meantSocket } from '../requests/address.ts'
import { convertUnit, isDurationSchema } from './duration-units.ts'
import { adviceFor, type Translation, translateKey } from './foreign-settings.ts'
import { subschemaAt } from './known-settings.ts'
import { isDurationInRange } from './likely-durations.ts'
import { acceptsText, fits, type Subschema } from './subschemas.ts'
import { suggestValue } from './suggest-value.ts'

/** A map with a key that it may not have, and what its schema says. */
interface Holder {
  readonly data?: unknown
  readonly parentSchema?: object
}

/** The fault of a key that is the word of a neighbouring tool; null where nobody knows it as one. */
export function foreignSettingFault(path: Path, { data, parentSchema }: Holder, parsed: Pick<ParsedFile, 'placeOf'>) {
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  const where = inParentText(parent)
  const schema = Object(parentSchema) as Foreign['schema']
  const map = data as Foreign['data']
  const at = { place: parsed.placeOf(path, 'key'), pointer: pointerOf(path) }
  const words = wordPath(path)
  const advice = adviceFor(words, map[key], map)
  if (advice !== null) {
    const meant = (advice.standsFor ?? []).map((word) => pointerOf([...parent, word]))
    return {
      rule: 'RV109',
      message: `"${key}"${where} is no setting here`,
      help: advice.help,
      ...at,
      meant,
      advised: where,
    } as const
  }
  const right = translateKey(words, Object.keys(schema.properties ?? {}))
  // A setting of another kind of entry stands no more here than the word for it.
  const isKnown =
    right?.isAtTop || right?.word.includes('.') || Object.hasOwn(schema.properties ?? {}, right?.word ?? '')
  if (right === null || !isKnown) return null
  const isHere = (word: string) => parsed.placeOf([...parent, word], 'key').file === at.place.file
  const { isWhole, ...told } = wrongWord({ key, parent, where, right, schema, data: map, isHere })
  const place = isWhole ? { ...at.place, end: parsed.placeOf(path, 'value').end } : at.place
  return { rule: 'RV109', ...told, ...at, place } as const
}

/** The words that say in which map a key stands, behind the key. */
export function inParentText(parent: Path): string {
  return parent.length === 0 ? '' : ` in ${wordsOf(parent)}`
}

interface Foreign {
  readonly key: string
  /** Where the map stands that holds it. */
  readonly parent: Path
  readonly where: string
  readonly right: Translation
  readonly schema: { readonly properties?: { readonly [name: string]: unknown } }
  /** The map that the key stands in. */
  readonly data: { readonly [key: string]: unknown }
  /** Whether a setting of that map stands in the file of the key. */
  isHere(word: string): boolean
}

/** What is said of it; `isWhole` where its value is another as well. */
interface WrongWord extends Pick<Fault, 'message' | 'help' | 'suggest' | 'meant' | 'moves'> {
  readonly isWhole?: boolean
}

function wrongWord({ key, parent, where, right, schema, data, isHere }: Foreign): WrongWord {
  const { word, isAtTop } = right
  const given = data[key]
  if (!isAtTop && !word.includes('.')) {
    const message = `"${key}"${where} is called ${word} here`
    const isSame = (each: string) =>
      translateKey(wordPath([...parent, each]), Object.keys(schema.properties ?? {}))?.word === word
    const above = Object.keys(data).slice(0, Object.keys(data).indexOf(key))
    const there = [word, PROMPTS[word] ?? '', ...above.filter(isSame)].find((each) => {
      return Object.hasOwn(data, each) && isHere(each)
    })
    if (there !== undefined) return { message, help: `${there} is there already: remove one of the two.` }
    const own = schema.properties?.[word]
    const path = [...parent, word]
    const part = typeof own === 'object' ? (own as Subschema) : (subschemaAt(wordsOf(path)) ?? {})
    const meant = [pointerOf(path)]
    const value = valueUnder(path, { wrong: key, given, part })
    if (value !== null) {
      const whole = `${word}: ${value}`
      return { message, help: `Write ${whole} instead.`, suggest: [whole], meant, isWhole: true }
    }
    const isFit = typeof given === 'object' || fits(part, given)
    const suggest = isFit ? [word] : []
    const note =
      word === 'api_key_env' ? ', with the name of a variable that holds the key.' : isFit ? '.' : noteOf(part)
    return { message, help: `Write ${word} instead${note}`, suggest, meant }
  }
  const setting = word.slice(word.lastIndexOf('.') + 1)
  const place = word === setting ? 'at the top of the file' : `in ${word.slice(0, -setting.length - 1)}`
  const message = `"${key}"${where} ${key === setting ? 'stands' : `is ${setting}`} ${place} here`
  return { message, help: 'Move it there:', moves: { word, ...valueMoved(word, key, given) } }
}

/** The value of a setting that stands elsewhere, as it is written there, or what is said of one that nobody knows. */
function valueMoved(word: string, wrong: string, given: unknown): Pick<Move, 'value' | 'note'> {
  const part = subschemaAt(word)
  const meant = part === null ? null : valueUnder(word.split('.'), { wrong, given, part })
  if (meant !== null || part === null || typeof given === 'object') return { value: meant ?? undefined }
  return fits(part, given) ? { value: shortScalar(given) ?? undefined } : { note: noteOf(part) }
}

/** What is said of a setting whose value is to be another. */
function noteOf({ description }: Subschema): string {
  return `, with another value. ${description ?? ''}`.trimEnd()
}

/** What a value means under the right word, as it is written there; null where it is right as it is, or nobody knows. */
function valueUnder(
  path: Path,
  { wrong, given, part }: { readonly wrong: string; readonly given: unknown; readonly part: Subschema },
): string | null {
  const inUnit = convertUnit(wrong, given, part, String(path.at(-1)))
  if (inUnit !== null && (isDurationSchema(part) ? isDurationInRange(inUnit, path) : acceptsText(inUnit, part)))
    return inUnit
  const socket = path.at(-1) === 'base_url' ? meantSocket(String(given)) : null
  if (socket !== null) return socket
  const tag = path.at(-1) === 'language' && typeof given === 'string' ? readTag(given) : null
  if (typeof tag === 'object' && tag !== null) return tag.meant
  if (isMap(given) || fits(part, given)) return null
  const isOfForm = part.pattern !== undefined && typeof given === 'string'
  const keyword = part.enum !== undefined ? 'enum' : isOfForm ? 'pattern' : 'type'
  const meant = suggestValue({ data: given, keyword, parentSchema: part }, path)?.replacements ?? []
  return meant.find((text) => acceptsText(text, part)) ?? null
}

/** One setting in two forms. */
const PROMPTS: { readonly [word: string]: string } = {
  instructions: 'instructions_file',
  instructions_file: 'instructions',
}

/** How much of a value is written out again, in characters. */
const VALUE_CHARACTERS_MAX = 40

/** A single value as it is written; null for another, and for a long one. */
export function shortScalar(value: unknown): string | null {
  if (typeof value === 'object') return null
  const text = typeof value === 'string' ? plain(value) : String(value)
  return text.length <= VALUE_CHARACTERS_MAX ? text : null
}

/** A path as the table of wrong words has it: `tools[].run`, whichever tool it is. */
function wordPath(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? '' : part))
    .join('.')
    .replace('..', '[].')
}
