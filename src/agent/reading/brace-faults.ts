import { fixReference } from '../composition/foreign-references.ts'
import type { Fault } from '../findings/fault.ts'
import type { MakeFault } from './spans.ts'

/** How far above a value its request is looked for, in characters. */
const REQUEST_CHARACTERS_MAX = 500

const NOT_FILLED_IN = 'Put the value in quotes; nobody fills in what stands in such braces.'

/** `{{name}}` where a value begins is a map in a map to YAML. */
export function placeholderFault(text: string, start: number, isInBrackets: boolean, makeFault: MakeFault): Fault {
  const behind = isInBrackets ? /[^\n#,\]}]{0,100}/ : /(?:[^\n#]|(?<!\s)#){0,100}/
  const written = new RegExp(`^\\{\\{[^{}\\n]{0,100}\\}\\}${behind.source}`)
    .exec(text.slice(start, start + LINE_CHARACTERS_MAX))?.[0]
    .trimEnd()
  const argument = /^\{\{\s*([A-Za-z_][\w-]*)\s*\}\}/.exec(written ?? '')?.[1]
  const isRequest =
    argument !== undefined && /^\s+(- )?http:/m.test(text.slice(Math.max(0, start - REQUEST_CHARACTERS_MAX), start))
  const help = isRequest ? `An argument of a request is "{${argument}}", in quotes.` : NOT_FILLED_IN
  const found = makeFault('RV002', 'a value that begins with "{{" is a map to YAML', help, [
    start,
    start + (written?.length ?? 2),
  ])
  if (written === undefined) return found
  return { ...found, suggest: [JSON.stringify(isRequest ? written.replace(/^\{\{.*?\}\}/, `{${argument}}`) : written)] }
}

/** How much of a line is looked at, in characters. */
export const LINE_CHARACTERS_MAX = 2_000

/** What stands on a line from an offset on. */
export function restOfLine(text: string, offset: number): string {
  return text.slice(offset, offset + LINE_CHARACTERS_MAX).split('\n', 1)[0] ?? ''
}

/** `${env: NAME}` is a key to YAML; between brackets, each reference begins a map. */
export function referenceFault(
  text: string,
  offset: number,
  isInBrackets: boolean,
  makeFault: MakeFault,
): Fault | null {
  const begin = text.lastIndexOf('\n', offset - 1) + 1
  const line = restOfLine(text, begin)
  const found = [...line.matchAll(/\$\{[^{}]*\}/g)].find(({ index, 0: { length } }) => {
    return begin + index <= offset && offset < begin + index + length
  })
  const right = found === undefined ? null : fixReference(found[0])
  if (found === undefined || right === null) return null
  const [written] = found
  // One that is right is text like any other there: something beside it, or in its default, breaks the line.
  if (written === right && !isInBrackets) return null
  const start = begin + found.index
  const at = [start, start + written.length] as const
  if (!isInBrackets) {
    const fault = makeFault(
      'RV002',
      `a space in ${written}, which is a key and its value to YAML`,
      `Write ${right}.`,
      at,
    )
    return { ...fault, suggest: [right] }
  }
  const what = `${written} without quotes between brackets, where its braces begin a map`
  const [before, behind] = [line.slice(0, found.index), line.slice(found.index + written.length)]
  const isAll = /(^|[,[{]|:\s)\s*$/.test(before) && /^\s*([,\]}]|$)/.test(behind)
  if (!isAll) return makeFault('RV002', what, `Put all of the value in quotes, with ${right} in it.`, at)
  const quoted = JSON.stringify(right)
  return { ...makeFault('RV002', what, `Put the value in quotes: ${quoted}.`, at), suggest: [quoted] }
}

/** A pattern whose own brackets count, since it stands between others and in no quotes. */
export function patternFault(text: string, offset: number, makeFault: MakeFault): Fault | null {
  const begin = text.lastIndexOf('\n', offset - 1) + 1
  const line = restOfLine(text, begin)
  const [, before, pattern] = /^(.*[{,]\s*pattern:\s+)([^\s'"][^'"]*[[{\\].*)$/.exec(line) ?? []
  if (before === undefined || pattern === undefined) return null
  const start = begin + before.length
  return makeFault(
    'RV002',
    'a pattern without quotes between brackets, where its own count',
    "Put it in single quotes: pattern: '^[0-9]{5}$'.",
    [start, start + pattern.length],
  )
}
