import type { Agent } from '../../agent/agent.ts'
import { durationText } from '../../agent/duration.ts'
import type { McpServer } from '../../agent/mcp-server.ts'
import { agentFolderOf, withAuthorPaths } from '../../agent/printing/author-paths.ts'
import { diffLines } from '../../agent/printing/line-diff.ts'
import { restoreReferences } from '../../agent/printing/restore-references.ts'
import { redactAddress } from '../../agent/requests/address.ts'
import type { ControlTool, ScriptTool, Tool } from '../../agent/tool.ts'
import { settingsOf } from '../plan.ts'
import { deepEqual, valueAt } from '../settings/leaves.ts'

/** How one setting changed, for people. */
interface ChangeDescription {
  /** In one line: `Sarah → Clive`, `+4 −1 lines`. */
  readonly summary: string
  /** Its changed lines, each prefixed with `+ `, `- ` or `~ `; none if the summary says it all. */
  readonly lines: readonly string[]
}

/** Changed lines that are shown; more are counted. */
const LINES_MAX = 12
/** Characters of a value, and of a line, that are shown. */
const VALUE_CHARACTERS_MAX = 60
const LINE_CHARACTERS_MAX = 120

/** Describes how a setting of `planChanges` changed. Variables and paths are shown as their author wrote them. */
export function describeChange(before: Agent, after: Agent, field: string): ChangeDescription {
  const folder = agentFolderOf(after) ?? agentFolderOf(before)
  const asWritten = (agent: Agent) => withAuthorPaths(restoreReferences(agent), folder)
  const old = settingsOf(asWritten(before)).get(field)
  const now = settingsOf(asWritten(after)).get(field)
  if (field === 'tools') return describeTools(toolsOf(old), toolsOf(now))
  if (typeof old === 'string' && typeof now === 'string' && /\n./.test(old + now)) return describeText(old, now)
  if (deepEqual(old, now)) return { summary: `${formatValue(now)}, of which the value changed`, lines: [] }
  return { summary: formatBoth(old, now).join(' → '), lines: [] }
}

/** A text of several lines, as its changed lines. */
function describeText(before: string, after: string): ChangeDescription {
  const stretches = changedStretches(diffLines(before, after))
  const count = (sign: keyof Stretch) => stretches.reduce((sum, stretch) => sum + stretch[sign].length, 0)
  const lines = stretches.flatMap((stretch) => [
    ...stretch['-'].map((text, index) => `- ${truncate(text, LINE_CHARACTERS_MAX, stretch['+'][index])}`),
    ...stretch['+'].map((text, index) => `+ ${truncate(text, LINE_CHARACTERS_MAX, stretch['-'][index])}`),
  ])
  return { summary: `+${count('+')} −${count('-')} lines`, lines: limitLines(lines) }
}

/** Lines that follow one another and were removed, and those that took their place. */
interface Stretch {
  readonly '-': readonly string[]
  readonly '+': readonly string[]
}

function changedStretches(lines: ReturnType<typeof diffLines>): readonly Stretch[] {
  const stretches: { '-': string[]; '+': string[] }[] = []
  lines.forEach(({ sign, text }, index) => {
    if (sign === ' ') return
    if (index === 0 || lines[index - 1]?.sign === ' ') stretches.push({ '-': [], '+': [] })
    stretches.at(-1)?.[sign].push(text)
  })
  return stretches
}

/** A tool or a server, as `settingsOf` gives it: the settings that are named here. */
type ToolData = Pick<Tool, 'name'> &
  Partial<
    Pick<ScriptTool, 'named'> & Pick<ControlTool, 'control' | 'parameters'> & Pick<McpServer, 'reach' | 'manners'>
  > & {
    readonly kind?: Tool['kind']
  }

/** Describes changed tools, identified by name; for each changed one, its settings. */
function describeTools(old: readonly ToolData[], now: readonly ToolData[]): ChangeDescription {
  const before = new Map(old.map((tool) => [tool.name, tool]))
  const after = new Map(now.map((tool) => [tool.name, tool]))
  const added = [...after.keys()].filter((name) => !before.has(name)).map((name) => `+ ${name}`)
  const removed = [...before.keys()].filter((name) => !after.has(name)).map((name) => `- ${name}`)
  const changed = [...after].flatMap(([name, tool]) => {
    const earlier = before.get(name)
    const words = earlier === undefined || deepEqual(earlier, tool) ? '' : describeTool(earlier, tool)
    return words === '' ? [] : [`~ ${name}: ${words}`]
  })
  const lines = [...added, ...removed, ...changed]
  if (lines.length === 0) return { summary: 'in another order', lines: [] }
  return lines.length === 1
    ? { summary: lines[0] ?? '', lines: [] }
    : { summary: `${lines.length} of them`, lines: limitLines(lines) }
}

/** Describes one changed tool. If its kind changed: that, and only the settings that both kinds have; the others belong to the kind. */
function describeTool(before: ToolData, after: ToolData): string {
  const [old, now] = [settingsOfTool(before), settingsOfTool(after)]
  const isOther = old.kind !== now.kind
  const keys = [...new Set([...Object.keys(now.settings), ...Object.keys(old.settings)])]
  const changed = keys
    .filter((key) => !isOther || (key in old.settings && key in now.settings))
    .filter((key) => !deepEqual(old.settings[key], now.settings[key]))
    .map((key) => {
      const both = [old.settings[key], now.settings[key]] as const
      const values = key.endsWith('Ms') ? both.map(formatDuration) : formatBoth(...both)
      const isLong = values.some((value) => value === LONG)
      return isLong ? `${authorKey(key)} changed` : `${authorKey(key)} ${values.join(' → ')}`
    })
  return [...(isOther ? [`${old.kind} → ${now.kind}`] : []), ...changed].join(', ')
}

/** A tool or server in the words of the file, and its kind: the key under which it says what answers. */
interface ToolSettings {
  readonly kind: string
  readonly settings: { readonly [key: string]: unknown }
}

/**
 * A tool in those words. How a server is reached, and what its tools share, are settings of its own in the file; voices are a parameter
 * only in the agent.
 */
function settingsOfTool(tool: ToolData): ToolSettings {
  const { reach, manners, ...own } = tool
  const { named: _named, kind, ...settings } = { ...own, ...reach, ...manners }
  if (kind !== 'control') return { kind: kind === 'script' ? 'run' : (kind ?? 'mcp'), settings }
  const { parameters, control: _control, ...rest } = settings
  return { kind, settings: { ...rest, voices: valueAt(parameters, ['properties', 'voice', 'enum']) } }
}

/** `killAfterMs` is `kill_after` in the file. */
function authorKey(key: string): string {
  return key.replace(/(Ms|Bytes)$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function formatDuration(value: unknown): string {
  return typeof value === 'number' ? durationText(value) : formatValue(value)
}

/** What stands for a map or a long list, whose content does not fit one line. */
const LONG = 'changed'

/** A value before and after its change. */
function formatBoth(old: unknown, now: unknown): readonly string[] {
  return [formatValue(old, now), formatValue(now, old)]
}

/** `other` is the value that this one differs from. */
function formatValue(value: unknown, other?: unknown): string {
  if (value === undefined || value === null) return 'not set'
  if (typeof value === 'string') {
    return truncate(redactAddress(value), VALUE_CHARACTERS_MAX, typeof other === 'string' ? redactAddress(other) : '')
  }
  const text = Array.isArray(value) ? value.join(' ') : JSON.stringify(value)
  const isPlain = typeof value !== 'object' || (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
  return isPlain && text.length <= VALUE_CHARACTERS_MAX ? text || 'none' : LONG
}

function limitLines(lines: readonly string[]): readonly string[] {
  if (lines.length <= LINES_MAX) return lines
  return [...lines.slice(0, LINES_MAX - 1), `… ${lines.length - LINES_MAX + 1} more`]
}

/** A text in so many characters. Where it differs from `other` is never cut away: a long beginning of both is, from either. */
function truncate(text: string, charactersMax: number, other = ''): string {
  const characters = [...withoutControls(text)]
  const others = [...withoutControls(other)]
  if (Math.max(characters.length, others.length) <= charactersMax) return characters.join('')
  const difference = characters.findIndex((character, index) => character !== others[index])
  const sharedLength = difference === -1 ? characters.length : difference
  const contextLength = Math.floor(charactersMax / 3)
  const start = sharedLength <= charactersMax - contextLength ? 0 : sharedLength - contextLength
  const shown = [...(start === 0 ? [] : ['…']), ...characters.slice(start)]
  return shown.length <= charactersMax ? shown.join('') : `${shown.slice(0, charactersMax - 1).join('')}…`
}

function withoutControls(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
}

function toolsOf(value: unknown): readonly ToolData[] {
  return Array.isArray(value) ? value : []
}
