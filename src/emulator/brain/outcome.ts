import { isObject } from '../json-object.ts'
import { askConsent } from './consent.ts'
import { inWords } from './words.ts'

/** A tool's outcome in one or two sentences that can be spoken. */
export function outcomeSentence(name: string, output: string): string {
  const value = parse(output)
  const failure = isObject(value) ? value.error : undefined
  if (isObject(failure) && failure.kind === 'unconfirmed') return askConsent(name)
  if (failure !== undefined && failure !== null && failure !== false) {
    return `${name} did not work: ${endSentence(truncate(failureInWords(failure)))}`
  }
  if (isObject(value) && value.status === 'started' && typeof value.message === 'string')
    return `${name} has begun. I will tell you when it is done.`
  if (value === undefined) return `${name} says: ${endSentence(truncate(output.trim()))}`
  const said = valueInWords(isObject(value) ? withoutOk(value) : value, 0)
  return said === '' ? `${name} is done.` : `Here is what ${name} found: ${endSentence(truncate(said))}`
}

/** The most characters spoken of an outcome: nobody listens to more. */
const SPOKEN_MAX = 600
const LIST_MAX = 5
const DEPTH_MAX = 4

function parse(output: string): unknown {
  try {
    return JSON.parse(output)
  } catch {
    return undefined
  }
}

function failureInWords(failure: unknown): string {
  if (failure === true) return 'it reported an error'
  return valueInWords(isObject(failure) ? (failure.message ?? failure.kind ?? failure) : failure, 0)
}

function withoutOk(value: { readonly [key: string]: unknown }): unknown {
  return Object.fromEntries(
    Object.entries(value).filter(([key, each]) => !(key === 'ok' && each === true) && key !== 'error'),
  )
}

/** `{status: "shipped", eta: "Wednesday"}` as "status: shipped, eta: Wednesday". */
function valueInWords(value: unknown, depth: number): string {
  if (value === null) return 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) {
    const said = value.slice(0, LIST_MAX).map((each) => valueInWords(each, depth + 1))
    const rest = value.length > LIST_MAX ? [`${value.length - LIST_MAX} more`] : []
    return value.length === 0 ? 'nothing' : [...said, ...rest].join(value.some(isObject) ? '; ' : ', ')
  }
  if (isObject(value)) {
    if (depth > DEPTH_MAX) return 'more'
    return Object.entries(value)
      .map(([key, each]) => `${inWords(key)}: ${valueInWords(each, depth + 1)}`)
      .join(', ')
  }
  return String(value)
}

function truncate(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > SPOKEN_MAX ? `${line.slice(0, SPOKEN_MAX).replace(/\s\S*$/, '')} … and more` : line
}

function endSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}
