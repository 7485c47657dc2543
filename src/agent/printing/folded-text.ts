import type { Scalar } from 'yaml'

/** A text that its author folded (`>`): printed anew it would lose its line ends, so it is put back as it was. */
export interface FoldedText {
  /** What stands in its place while the rest is printed. */
  readonly mark: string
  readonly head: string
  /** Without indentation. */
  readonly lines: readonly string[]
}

/** The text of a folded scalar as it stands in its file; null for any other, and where the indentation is told in numbers. */
export function foldedText({ type, srcToken }: Scalar, number: number): FoldedText | null {
  if (type !== 'BLOCK_FOLDED' || srcToken?.type !== 'block-scalar') return null
  const head = srcToken.props.map((part) => ('source' in part ? part.source : '')).join('')
  if (!/^>[+-]?\s*(#.*)?$/.test(head.trimEnd())) return null
  const body = srcToken.source.replace(/\n$/, '').split('\n')
  const indent = /^ */.exec(body.find((line) => line.trim() !== '') ?? '')?.[0].length ?? 0
  if (indent === 0) return null
  return {
    mark: `folded-text-${number}-`,
    head: head.trimEnd().replace(/\s+#/, ' #'),
    lines: body.map((line) => line.slice(indent)),
  }
}

/** Puts the texts back where their marks stand. */
export function withFoldedTexts(printed: string, texts: readonly FoldedText[]): string {
  if (texts.length === 0) return printed
  const lines = printed.split('\n').flatMap((line) => {
    const text = texts.find(({ mark }) => line.endsWith(mark))
    if (text === undefined) return [line]
    const lead = /^[ -]*/.exec(line)?.[0].length ?? 0
    const indent = ' '.repeat(line.slice(lead) === text.mark ? lead : lead + 2)
    return [line.replace(text.mark, text.head), ...text.lines.map((inner) => (inner === '' ? '' : indent + inner))]
  })
  return lines.join('\n')
}
