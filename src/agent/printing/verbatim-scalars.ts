import type { Scalar } from 'yaml'

/** A scalar as its author wrote it: printed anew, `1e3` would be `1e+3`, and a text would lose its line ends. So it is put back as it was. */
export interface VerbatimScalar {
  /** What stands in its place while the rest is printed. */
  readonly mark: string
  /** What stands on the line of the mark. */
  readonly head: string
  /** The lines below that one, without what all of them are indented by. */
  readonly lines: readonly string[]
  /** How much deeper than its key or dash they stand. */
  readonly deeper: number
}

/** The first of the signs that are nobody's: one of them that a file does not hold is on both sides of a mark. */
const FIRST_SIGN = 0xe000

/** A sign that stands nowhere in a text, so that nothing in it looks like a mark. */
export function unusedCharacter(text: string): string {
  let code = FIRST_SIGN
  while (text.includes(String.fromCodePoint(code))) code += 1
  return String.fromCodePoint(code)
}

/** How much deeper lines stand whose author does not say it in a number. */
const DEEPER = 2

/** A scalar as it stands in its file; null where it has a tag, which the printer reads its value by, is not written out, or is a key of several lines. */
export function verbatimScalar({ tag, srcToken }: Scalar, mark: string, isKey: boolean): VerbatimScalar | null {
  if (srcToken === undefined || !('source' in srcToken) || (tag !== undefined && !tag.endsWith(':str'))) return null
  if (isKey && (srcToken.type === 'block-scalar' || srcToken.source.includes('\n'))) return null
  if (srcToken.type !== 'block-scalar') {
    const [head = '', ...lines] = srcToken.source.split('\n')
    return head === '' ? null : { mark, head, lines: lines.map((line) => line.trimStart()), deeper: DEEPER }
  }
  const head = srcToken.props.map((part) => ('source' in part ? part.source : '')).join('')
  const told = Number(/^[|>][-+]?([1-9])/.exec(head)?.[1])
  const body = srcToken.source.replace(/\n$/, '').split('\n')
  const first = body.find((line) => /[^ ]/.test(line))
  const indent = told > 0 ? srcToken.indent + told : first?.search(/[^ ]/)
  return {
    mark,
    head: head.trimEnd().replace(/\s+#/, ' #'),
    lines: srcToken.source === '' ? [] : body.map((line) => (indent === undefined ? '' : line.slice(indent))),
    deeper: told > 0 ? told : DEEPER,
  }
}

/** The mark of a text, by its place among all of them. */
export function placeholderAt(number: number, sign: string): string {
  return `${sign}${number}${sign}`
}

/** Puts the texts back where their marks stand. */
export function restoreScalars(printed: string, texts: readonly VerbatimScalar[], sign: string): string {
  const marks = new RegExp(`${sign}(\\d+)${sign}`, 'g')
  const last = new RegExp(`${sign}(\\d+)${sign}$`)
  const ofItem = new RegExp(`^[ -]*- +(?:[&!]\\S+ +)*${sign}\\d+${sign}(?!:)`)
  const all = printed.split('\n')
  // A blank line below a text that keeps those at its end would be one of them.
  const keepsBlank = (line = '') => /^[|>]\d?\+/.test(texts[Number(last.exec(line)?.[1])]?.head ?? '')
  const lines = all.filter((line, index) => line !== '' || index === all.length - 1 || !keepsBlank(all[index - 1]))
  const whole = lines.map((line) => {
    const dashes = /^[ -]*/.exec(line)?.[0].length ?? 0
    const isItem = ofItem.test(line)
    const base = isItem ? dashes - DEEPER : dashes
    return line.replaceAll(marks, (_, number) => {
      const { head, lines: below, deeper } = texts[Number(number)] as VerbatimScalar
      return [head, ...below.map((inner) => (inner === '' ? '' : ' '.repeat(base + deeper) + inner))].join('\n')
    })
  })
  return whole.join('\n')
}
