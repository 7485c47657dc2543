/** One line of a text that two versions share, or that only one of them has. */
interface DiffLine {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** Largest product of changed stretches that is compared line by line; beyond it the one stands for the other whole. */
const COMPARISONS_MAX = 1_000_000

/** What became of the lines of a text: the removed ones before those that take their place. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const oldLines = linesOf(before)
  const newLines = linesOf(after)
  let head = 0
  while (head < oldLines.length && head < newLines.length && oldLines[head] === newLines[head]) head += 1
  let tail = 0
  while (
    tail < oldLines.length - head &&
    tail < newLines.length - head &&
    oldLines.at(-1 - tail) === newLines.at(-1 - tail)
  )
    tail += 1
  const changed = diffByCommonSubsequence(
    oldLines.slice(head, oldLines.length - tail),
    newLines.slice(head, newLines.length - tail),
  )
  const unchanged = (lines: readonly string[]) => lines.map((text) => ({ sign: ' ', text }) as const)
  return [...unchanged(oldLines.slice(0, head)), ...changed, ...unchanged(oldLines.slice(oldLines.length - tail))]
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** By the longest common subsequence. */
function diffByCommonSubsequence(oldLines: readonly string[], newLines: readonly string[]): readonly DiffLine[] {
  const removed = oldLines.map((text) => ({ sign: '-', text }) as const)
  const added = newLines.map((text) => ({ sign: '+', text }) as const)
  if (oldLines.length * newLines.length > COMPARISONS_MAX || oldLines.length === 0 || newLines.length === 0)
    return [...removed, ...added]
  const width = newLines.length + 1
  const common = new Uint32Array((oldLines.length + 1) * width)
  const at = (row: number, column: number) => common[row * width + column] ?? 0
  for (let row = oldLines.length - 1; row >= 0; row -= 1) {
    for (let column = newLines.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        oldLines[row] === newLines[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const lines: DiffLine[] = []
  let row = 0
  let column = 0
  while (row < oldLines.length || column < newLines.length) {
    const [was, is] = [oldLines[row], newLines[column]]
    if (was !== undefined && was === is) {
      lines.push({ sign: ' ', text: was })
      row += 1
      column += 1
    } else if (was !== undefined && (is === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ sign: '-', text: was })
      row += 1
    } else {
      lines.push({ sign: '+', text: is ?? '' })
      column += 1
    }
  }
  return lines
}
