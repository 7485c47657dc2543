import { quantile, type Row, type Table } from './bench.ts'

/** A table as text: median, p99 and the ratio of medians to the baseline's. */
export function tableText({ title, goal, baseline, rows, notes = [] }: Table): string {
  const base = rows.find(({ name }) => name === baseline)
  const head = ['', 'p50', 'p99', ...(base === undefined ? [] : ['ratio']), 'n']
  const lines = rows.map((row) => [
    row.name,
    figure(quantile(row.samples, 0.5), row.unit),
    figure(quantile(row.samples, 0.99), row.unit),
    ...(base === undefined ? [] : [`${ratio(row, base).toFixed(2)}×`]),
    String(row.samples.length),
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => [...(line[column] ?? '')].length)))
  const alignedLines = [head, ...lines].map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  )
  return [
    title,
    ...alignedLines.map((line) => `  ${line.join('  ')}`),
    ...(goal === undefined ? [] : [`  goal: ${goal}`]),
    ...notes.map((note) => `  note: ${note}`),
  ].join('\n')
}

function ratio(row: Row, base: Row): number {
  return quantile(row.samples, 0.5) / quantile(base.samples, 0.5)
}

function figure(value: number, unit: Row['unit']): string {
  if (unit === 'count') return value.toFixed(0)
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 1000 ? 1 : 0
  return `${value.toFixed(digits)} ${unit}`
}
