import type { RuleId } from '../rules.ts'

/** A fault in a text that is spoken, and where it starts and ends. */
export interface TextFinding {
  readonly rule: RuleId
  readonly message: string
  readonly help: string
  readonly start: number
  readonly end: number
  readonly isNote?: true
  readonly suggest?: readonly string[]
  readonly dependsOn?: readonly string[]
}

/** How many findings of one kind are reported for a text. */
const FINDINGS_MAX = 10

/** Placeholders that were never filled in: `{{name}}`, `${name}`, `<% name %>`, `[YOUR NAME]`, `<INSERT NAME>`. */
const PLACEHOLDER =
  /\{\{[^{}\n]{1,80}\}\}|\$\{(?!env:)[A-Za-z_][\w.]{0,60}\}|<%[^%\n]{1,80}%>|\[(?:INSERT|YOUR|FILL|TODO)\b[^\]\n]{0,60}\]|<(?:INSERT|YOUR)[ _][^>\n]{0,60}>/g

export function findPlaceholders(text: string): readonly TextFinding[] {
  const seen = new Set<string>()
  return [...text.matchAll(PLACEHOLDER)].slice(0, FINDINGS_MAX).flatMap((match) => {
    if (seen.has(match[0])) return []
    seen.add(match[0])
    const message = `${match[0]} is not filled in`
    const help = 'Nobody fills it in: the model reads it as it stands. Write the value, or let a tool tell it.'
    return [{ rule: 'RV606', message, help, start: match.index, end: match.index + match[0].length }]
  })
}

const LINK = /!?\[[^\]\n]{1,200}\]\((?:https?:|mailto:|\/|#|\.)[^)\s]{0,500}\)/
const EMPHASIS = /(?<![*\w])(\*\*|__)[^\s*_][^\n*_]{0,200}\1|(?<=^|\n)#{1,6} \S/
const BULLET = /^[ \t]{0,20}[-*+•] +\S/

const MARKDOWN_HELP = {
  table: 'Write it as sentences: the bars and dashes would be read aloud.',
  link: 'Write what the caller is to do instead: an address is spelt out letter by letter.',
  list: 'Write it as sentences: a model that is shown lists answers in lists.',
  emphasis: 'Write the words alone: the marks may be read aloud.',
} as const

/** Markdown that would be read aloud, or that teaches the model to write it; the first of each kind. */
export function findMarkdown(text: string, kinds: readonly (keyof typeof MARKDOWN_HELP)[]): readonly TextFinding[] {
  return kinds.flatMap((kind) => {
    const span = findFirst(kind, text)
    if (span === null) return []
    const message = `Markdown that would be read aloud: a ${kind === 'emphasis' ? 'mark of emphasis' : kind}`
    const note = kind === 'list' ? ({ isNote: true } as const) : {}
    return [{ rule: 'RV607', message, help: MARKDOWN_HELP[kind], start: span[0], end: span[1], ...note } as const]
  })
}

function findFirst(kind: keyof typeof MARKDOWN_HELP, text: string): readonly [number, number] | null {
  if (kind === 'link' || kind === 'emphasis') {
    const match = (kind === 'link' ? LINK : EMPHASIS).exec(text)
    return match === null ? null : [match.index, match.index + match[0].length]
  }
  if (kind === 'table' && !text.includes('|')) return null
  const matches = kind === 'table' ? isTableRule : (line: string) => BULLET.test(line)
  let offset = 0
  for (const line of text.split('\n')) {
    if (matches(line)) return [offset + line.length - line.trimStart().length, offset + line.trimEnd().length]
    offset += line.length + 1
  }
  return null
}

/** The line of dashes under the head of a table: GitHub's Markdown wants one for each column. */
function isTableRule(line: string): boolean {
  return line.includes('|') && line.includes('-') && /^[\s|:-]+$/.test(line)
}
