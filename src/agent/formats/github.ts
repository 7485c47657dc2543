import type { Diagnostic, Level } from '../findings/diagnostic.ts'
import { type FindingsReport, summaryLine } from '../findings.ts'
import { plural } from '../plural.ts'
import { findingLine } from './line.ts'

/** How many annotations of one level GitHub shows for a step; it drops the rest without a word. */
const ANNOTATIONS_MAX = 10
/** How much the summary of a step may hold, in bytes, with room left for what other tools add to it. */
const SUMMARY_BYTES_MAX = 900_000

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const satisfies { [level in Level]: string }

/** Annotations of GitHub Actions: errors first, at most ten of a level, the tenth saying how many there are besides; those as plain lines. */
export function formatGithub(report: FindingsReport): string {
  const levels = Object.keys(COMMANDS) as Level[]
  const groups = levels.map((level) => report.findings.filter((finding) => finding.level === level))
  const annotations = groups.flatMap((findings) => {
    const omitted = findings.length - ANNOTATIONS_MAX
    const shown = findings.slice(0, ANNOTATIONS_MAX)
    return shown.map((finding, index) => annotation(finding, index === ANNOTATIONS_MAX - 1 ? omitted : 0))
  })
  const others = groups.flatMap((findings) => findings.slice(ANNOTATIONS_MAX)).map(findingLine)
  return [...annotations, ...others, summaryLine(report)].map((line) => `${line}\n`).join('')
}

function annotation({ level, file, range, rule, message, help }: Diagnostic, omitted: number): string {
  const { start, end } = range
  const columns = start.line === end.line ? { col: start.column, endColumn: Math.max(start.column, end.column) } : {}
  const properties = Object.entries({ file, line: start.line, endLine: end.line, ...columns, title: rule })
  const text = `${message}. ${help}${omitted > 0 ? ` And ${plural(omitted, level)} more: see the summary.` : ''}`
  const where = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(',')
  return `::${COMMANDS[level]} ${where}::${escapeText(text)}`
}

function escapeText(text: string): string {
  return text
    .replaceAll(/(?![\r\n])\p{Cc}/gu, '?')
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** The whole table, as Markdown for the summary of a step. */
export function githubSummary(report: FindingsReport): string {
  const head = `### runner validate: ${summaryLine(report)}\n\n`
  if (report.findings.length === 0) return head
  const rows = report.findings.map(({ level, rule, file, range, message, help }) => {
    const place = `${file}:${range.start.line}:${range.start.column}`
    return `| ${level} | ${rule} | ${escapeCell(place)} | ${escapeCell(`${message}. ${help}`)} |\n`
  })
  const table = `${head}| level | rule | place | what, and what to do |\n| --- | --- | --- | --- |\n`
  const fitting = rowsThatFit(rows, SUMMARY_BYTES_MAX - table.length)
  const omitted = rows.length - fitting.length
  return `${table}${fitting.join('')}\n${omitted === 0 ? '' : `And ${omitted} more.\n\n`}`
}

function rowsThatFit(rows: readonly string[], bytesMax: number): readonly string[] {
  let bytes = 0
  const end = rows.findIndex((row) => {
    bytes += new TextEncoder().encode(row).byteLength
    return bytes > bytesMax
  })
  return end < 0 ? rows : rows.slice(0, end)
}

/** Text that is nothing but text in a cell of a Markdown table. */
function escapeCell(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|~#!]/g, '\\$&')
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
}
