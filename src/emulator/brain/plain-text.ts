import type { FunctionTool } from './choose-tool.ts'
import type { Property } from './schema.ts'
import { findRun, runFrom, type Supply, takeRun } from './word-pool.ts'
import { isStopWord, stem, stemsOf, type Word, words } from './words.ts'

/**
 * Plain text for an argument: what is in quotes or after its name; for a message, the whole sentence; else what the other arguments left.
 */
export function plainText(
  { name, required, schema }: Property,
  supply: Supply,
  tool: FunctionTool,
  properties: readonly Property[],
): unknown {
  const isList = schema.type === 'array' && (schema.items === null || schema.items.type === 'string')
  if (
    !isList &&
    (schema.type !== 'string' || schema.pattern !== null || schema.format !== null || schema.values.length > 0)
  ) {
    return undefined
  }
  const behind = behindName(name, supply)
  const value =
    behind ?? (required ? (quoted(supply) ?? sentence(name, supply) ?? leftOver(supply, tool, properties)) : undefined)
  if (value === undefined) return undefined
  const text = value.slice(0, Math.min(schema.lengthMax, TEXT_MAX))
  return isList ? text.split(/\s*(?:,|\band\b)\s*/).filter((each) => each !== '') : text
}

/** The most characters of an argument. */
const TEXT_MAX = 2_000

/** Names of arguments that take a whole sentence rather than a word of it. */
const SENTENCE_NAMES =
  /(?:^|_)(?:message|text|content|body|prompt|summary|reason|notes?|comment|description|details|question|issue|request)$/i

/** "from Oslo to Rome" for `from` and `to`; "my name is Ada" for `name`, `first_name` too. */
function behindName(name: string, supply: Supply): string | undefined {
  const stems = words(name.replaceAll(/[_-]+/g, ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2')).map((word) => word.stem)
  for (const run of [stems, stems.slice(-1)]) {
    const at = findRun(supply, run)
    if (at === -1 || GENERIC_NAMES.has(run[0] ?? '')) continue
    const from =
      at + run.length + (/^(?:is|are|of|to|called|named|=)$/.test(supply.said[at + run.length]?.lower ?? '') ? 1 : 0)
    const value = runFrom(supply, from)
    if (value !== undefined) return value
  }
  return undefined
}

/** Last words of names that are common in speech, where they mean something else. */
const GENERIC_NAMES = new Set(['id', 'number', 'type', 'time', 'query', 'text', 'order', 'message'].map(stem))

function quoted(supply: Supply): string | undefined {
  const found = /["“«]([^"”»]+)["”»]/.exec(supply.text)?.[1]
  return found?.trim()
}

function sentence(name: string, supply: Supply): string | undefined {
  if (!SENTENCE_NAMES.test(name)) return undefined
  const behind = /(?:\bsaying\b|\bthat says\b|\bbecause\b|:)\s*(.+)$/i.exec(supply.text)?.[1]
  return (behind ?? supply.text).trim() || undefined
}

/** The longest run of words that are neither stop-words nor part of the tool's name. */
function leftOver(supply: Supply, tool: FunctionTool, properties: readonly Property[]): string | undefined {
  const own = new Set([...stemsOf(tool.name), ...properties.flatMap(({ name }) => [...stemsOf(name)])])
  const described = stemsOf(tool.description)
  const isOwn = (word: Word): boolean =>
    own.has(word.stem) || (described.has(word.stem) && !/^\p{Lu}|\d/u.test(word.text))
  const isFree = (index: number): boolean => {
    const word = supply.said[index]
    return word !== undefined && index >= supply.restFrom && !supply.isTaken(index) && !isStopWord(word) && !isOwn(word)
  }
  let best: readonly [from: number, to: number] = [0, 0]
  for (let from = 0; from < supply.said.length; from += 1) {
    if (!isFree(from)) continue
    let to = from
    while (to < supply.said.length && (isFree(to) || isBridge(supply, to, isFree))) to += 1
    if (to - from > best[1] - best[0]) best = [from, to]
    from = to
  }
  return takeRun(supply, ...best)
}

/** A small word between two significant ones: "Lord of the Rings". */
function isBridge(supply: Supply, index: number, isFree: (index: number) => boolean): boolean {
  const isSmall = (at: number): boolean => /^(?:of|the|de|la|van|von|and|&)$/.test(supply.said[at]?.lower ?? '')
  return !supply.isTaken(index) && isSmall(index) && (isFree(index + 1) || (isSmall(index + 1) && isFree(index + 2)))
}
