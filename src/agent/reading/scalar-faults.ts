import type { Fault, Path } from '../findings/fault.ts'
import { isProse, isTextSetting } from '../shape/known-settings.ts'
import { type Line, lineAt, linesAbove } from './lines.ts'
import { findLookAlike, SPACE_MESSAGE, spacesAtStart } from './look-alikes.ts'
import { openColumns } from './misplaced-lines.ts'
import type { MakeFault, Span } from './spans.ts'
import { yaml11Difference } from './yaml11.ts'

/** Where a plain scalar stands. */
interface ScalarPlace {
  readonly at: Span
  readonly path: Path
}

/** The fault of a key that has signs at its ends which only look like quotes or spaces. */
export function keyFault(text: string, { at, path }: ScalarPlace, makeFault: MakeFault): Fault | null {
  const source = text.slice(...at)
  if (spacesAtStart(source) !== null && isFirstInLine(text, at[0]))
    return indentFault(text, lineAt(text, at[0]), makeFault)
  const found = findLookAlike(source)
  if (found === null) return null
  const { message, help, suggest } = found
  return { ...makeFault('RV014', message, help, at, path), text: source, suggest, level: 'error' }
}

function isFirstInLine(text: string, offset: number): boolean {
  let start = offset
  while (text[start - 1] === ' ') start -= 1
  return start === 0 || text[start - 1] === '\n'
}

/**
 * The fault of a line that is indented with spaces which YAML takes for letters. Text, and what stands below a line that ends with a ":" or an
 * open bracket, is to stand where it seems to; anything else in the nearest column of a line or key above that is still open.
 */
export function indentFault(text: string, line: Line, makeFault: MakeFault): Fault | null {
  const { start, indent, content } = line
  const spaces = spacesAtStart(content)
  if (spaces === null) return null
  const apparent = indent + spaces.width
  const above = linesAbove(text, line)
  const [before] = above
  const isText = !/^-\s|:(\s|$)/.test(content.slice(spaces.length))
  const isBelow = before !== undefined && before.indent < apparent && (isText || /[:[{,]$/.test(before.content))
  const columns = [...openIndents(above), ...openColumns(above).map(({ column }) => column)]
  const distanceTo = (column: number) => Math.abs(column - apparent)
  const [nearest = 0] = columns.toSorted((one, other) => distanceTo(one) - distanceTo(other) || one - other)
  const at = [start, start + indent + spaces.length] as const
  const fault = makeFault('RV014', SPACE_MESSAGE, 'Indent the line with plain spaces.', at)
  return { ...fault, text: content, suggest: [' '.repeat(isBelow ? apparent : nearest)], level: 'error' }
}

/** How far the lines above are indented to which another may still belong. */
function openIndents(above: readonly Line[]): readonly number[] {
  const found: number[] = []
  for (const { indent } of above) if (indent < (found.at(-1) ?? Number.POSITIVE_INFINITY)) found.push(indent)
  return found
}

/** The fault of a plain value that has signs at its ends which only look like quotes or spaces, or is another value to readers of YAML 1.1. */
export function valueFault(
  { source = '', value, tag }: { readonly source?: string; readonly value: unknown; readonly tag?: string },
  { at, path }: ScalarPlace,
  makeFault: MakeFault,
): Fault | null {
  const lookAlike = findLookAlike(source, () => isProse(path) || isTextSetting(path))
  if (lookAlike !== null) {
    const { message, help, suggest, isSevere } = lookAlike
    const level = isSevere && !isProse(path) ? 'error' : 'warning'
    return { ...makeFault('RV014', message, help, at, path), text: source, suggest, level }
  }
  const difference = tag === undefined ? yaml11Difference(source, value, () => isTextSetting(path)) : null
  if (difference === null) return null
  const { message, help, suggest } = difference
  return { ...makeFault('RV006', message, help, at, path), text: source, suggest }
}
