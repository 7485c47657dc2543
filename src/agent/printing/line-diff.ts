/** One line of a text that two versions share, or that only one of them has. */
interface DiffLine {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** Largest product of changed stretches that is compared line by line; beyond it the one stands for the other whole. */
const COMPARISONS_MAX = 1_000_000

/** What became of the lines of a text: the removed ones before those that take their place. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const old = linesOf(before)
  const now = linesOf(after)
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1
  let tail = 0
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1
  const changed = compared(old.slice(head, old.length - tail), now.slice(head, now.length - tail))
  const same = (lines: readonly string[]) => lines.map((text) => ({ sign: ' ', text }) as const)
  return [...same(old.slice(0, head)), ...changed, ...same(old.slice(old.length - tail))]
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** By the longest common subsequence. */
function compared(old: readonly string[], now: readonly string[]): readonly DiffLine[] {
  const removed = old.map((text) => ({ sign: '-', text }) as const)
  const added = now.map((text) => ({ sign: '+', text }) as const)
  if (old.length * now.length > COMPARISONS_MAX || old.length === 0 || now.length === 0) return [...removed, ...added]
  const width = now.length + 1
  const common = new Uint32Array((old.length + 1) * width)
  const at = (row: number, column: number) => common[row * width + column] ?? 0
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = now.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        old[row] === now[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const lines: DiffLine[] = []
  let row = 0
  let column = 0
  while (row < old.length || column < now.length) {
    const [was, is] = [old[row], now[column]]
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
