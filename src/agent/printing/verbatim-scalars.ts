import type { Scalar } from 'yaml'

/** A scalar as its author wrote it: printed anew, `1e3` would be `1e+3`, and a text would lose its line ends. So it is put back as it was. */
export interface VerbatimScalar {
  /** What stands in its place while the rest is printed. */
  readonly placeholder: string
  /** What stands on the line of the placeholder. */
  readonly head: string
  /** The lines below that one, without what all of them are indented by. */
  readonly lines: readonly string[]
  /** How much deeper than its key or dash they stand. */
  readonly indent: number
}

/** The first of the signs that are nobody's: one of them that a file does not hold is on both sides of a placeholder. */
const FIRST_PRIVATE_USE = 0xe000

/** A sign that stands nowhere in a text, so that nothing in it looks like a placeholder. */
export function unusedCharacter(text: string): string {
  let code = FIRST_PRIVATE_USE
  while (text.includes(String.fromCodePoint(code))) code += 1
  return String.fromCodePoint(code)
}

/** How much deeper lines stand whose author does not say it in a number. */
const INDENT = 2

/**
 * A scalar as it stands in its file; null where it has a tag, which the printer reads its value by, is not written out, or is a key of
 * several lines.
 */
export function verbatimScalar({ tag, srcToken }: Scalar, placeholder: string, isKey: boolean): VerbatimScalar | null {
  if (srcToken === undefined || !('source' in srcToken) || (tag !== undefined && !tag.endsWith(':str'))) return null
  if (isKey && (srcToken.type === 'block-scalar' || srcToken.source.includes('\n'))) return null
  if (srcToken.type !== 'block-scalar') {
    const [head = '', ...lines] = srcToken.source.split('\n')
    return head === '' ? null : { placeholder, head, lines: lines.map((line) => line.trimStart()), indent: INDENT }
  }
  const head = srcToken.props.map((part) => ('source' in part ? part.source : '')).join('')
  const explicitIndent = Number(/^[|>][-+]?([1-9])/.exec(head)?.[1])
  const body = srcToken.source.replace(/\n$/, '').split('\n')
  const first = body.find((line) => /[^ ]/.test(line))
  const indent = explicitIndent > 0 ? srcToken.indent + explicitIndent : first?.search(/[^ ]/)
  return {
    placeholder,
    head: head.trimEnd().replace(/\s+#/, ' #'),
    lines: srcToken.source === '' ? [] : body.map((line) => (indent === undefined ? '' : line.slice(indent))),
    indent: explicitIndent > 0 ? explicitIndent : INDENT,
  }
}

/** The placeholder of a scalar, by its place among all of them. */
export function placeholderAt(number: number, delimiter: string): string {
  return `${delimiter}${number}${delimiter}`
}

/** Puts the scalars back where their placeholders stand. */
export function restoreScalars(printed: string, scalars: readonly VerbatimScalar[], delimiter: string): string {
  const placeholders = new RegExp(`${delimiter}(\\d+)${delimiter}`, 'g')
  const placeholderAtEnd = new RegExp(`${delimiter}(\\d+)${delimiter}$`)
  const itemWithPlaceholder = new RegExp(`^[ -]*- +(?:[&!]\\S+ +)*${delimiter}\\d+${delimiter}(?!:)`)
  const all = printed.split('\n')
  // A blank line below a text that keeps those at its end would be one of them.
  const keepsBlank = (line = '') => /^[|>]\d?\+/.test(scalars[Number(placeholderAtEnd.exec(line)?.[1])]?.head ?? '')
  const lines = all.filter((line, index) => line !== '' || index === all.length - 1 || !keepsBlank(all[index - 1]))
  const restored = lines.map((line) => {
    const dashes = /^[ -]*/.exec(line)?.[0].length ?? 0
    const isItem = itemWithPlaceholder.test(line)
    const base = isItem ? dashes - INDENT : dashes
    return line.replaceAll(placeholders, (_, number) => {
      const { head, lines: below, indent } = scalars[Number(number)] as VerbatimScalar
      return [head, ...below.map((inner) => (inner === '' ? '' : ' '.repeat(base + indent) + inner))].join('\n')
    })
  })
  return restored.join('\n')
}
