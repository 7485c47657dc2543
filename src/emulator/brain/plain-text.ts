import type { FunctionTool } from './choose-tool.ts'
import type { Property } from './schema.ts'
import { findRun, runFrom, takeRun, type WordPool } from './word-pool.ts'
import { inWords, isStopWord, stem, stemsOf, type Word, words } from './words.ts'

/**
 * Plain text for an argument: what is in quotes or after its name; for a message, the whole sentence; else what the other arguments left.
 */
export function takePlainText(
  { name, required, schema }: Property,
  pool: WordPool,
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
  const afterName = textAfterName(name, pool)
  const value =
    afterName ??
    (required ? (quotedText(pool) ?? wholeSentence(name, pool) ?? longestFreeRun(pool, tool, properties)) : undefined)
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
function textAfterName(name: string, pool: WordPool): string | undefined {
  const stems = words(inWords(name)).map((word) => word.stem)
  for (const run of [stems, stems.slice(-1)]) {
    const at = findRun(pool, run)
    if (at === -1 || GENERIC_NAMES.has(run[0] ?? '')) continue
    const from =
      at + run.length + (/^(?:is|are|of|to|called|named|=)$/.test(pool.words[at + run.length]?.lower ?? '') ? 1 : 0)
    const value = runFrom(pool, from)
    if (value !== undefined) return value
  }
  return undefined
}

/** Last words of names that are common in speech, where they mean something else. */
const GENERIC_NAMES = new Set(['id', 'number', 'type', 'time', 'query', 'text', 'order', 'message'].map(stem))

function quotedText(pool: WordPool): string | undefined {
  const found = /["“«]([^"”»]+)["”»]/.exec(pool.text)?.[1]
  return found?.trim()
}

function wholeSentence(name: string, pool: WordPool): string | undefined {
  if (!SENTENCE_NAMES.test(name)) return undefined
  const afterName = /(?:\bsaying\b|\bthat says\b|\bbecause\b|:)\s*(.+)$/i.exec(pool.text)?.[1]
  return (afterName ?? pool.text).trim() || undefined
}

/** The longest run of words that are neither stop-words nor part of the tool's name. */
function longestFreeRun(pool: WordPool, tool: FunctionTool, properties: readonly Property[]): string | undefined {
  const own = new Set([...stemsOf(tool.name), ...properties.flatMap(({ name }) => [...stemsOf(name)])])
  const described = stemsOf(tool.description)
  const isOwn = (word: Word): boolean =>
    own.has(word.stem) || (described.has(word.stem) && !/^\p{Lu}|\d/u.test(word.text))
  const isFree = (index: number): boolean => {
    const word = pool.words[index]
    return word !== undefined && index >= pool.restFrom && !pool.isTaken(index) && !isStopWord(word) && !isOwn(word)
  }
  let best: readonly [from: number, to: number] = [0, 0]
  for (let from = 0; from < pool.words.length; from += 1) {
    if (!isFree(from)) continue
    let to = from
    while (to < pool.words.length && (isFree(to) || isConnective(pool, to, isFree))) to += 1
    if (to - from > best[1] - best[0]) best = [from, to]
    from = to
  }
  return takeRun(pool, ...best)
}

/** A small word between two significant ones: "Lord of the Rings". */
function isConnective(pool: WordPool, index: number, isFree: (index: number) => boolean): boolean {
  const isSmall = (at: number): boolean => /^(?:of|the|de|la|van|von|and|&)$/.test(pool.words[at]?.lower ?? '')
  return !pool.isTaken(index) && isSmall(index) && (isFree(index + 1) || (isSmall(index + 1) && isFree(index + 2)))
}
