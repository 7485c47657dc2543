import type { Agent } from '../agent/agent.ts'
import { durationText } from '../agent/duration.ts'
import type { Hooks } from '../agent/hook.ts'
import type { Tool } from '../agent/tool.ts'
import { deepEqual, leaves } from './settings/leaves.ts'

/** When a changed setting takes effect in a live conversation. */
export type ChangeTiming = 'now' | 'next response' | 'next audio' | 'next session' | 'refused'

/** One changed setting of the author's file. */
export interface SettingChange {
  /** The author's path, such as `tts.speed`. */
  readonly field: string
  readonly when: ChangeTiming
  /** Why it is refused, or must wait for the next session, or may have to. */
  readonly reason?: string
}

/** The reason given when `reload.apply` makes the whole edit wait. */
export const HELD_BACK_REASON = 'reload.apply is next_session'

/** What an edit changes, in the order of the file, and when each change takes effect. */
export function planChanges(
  before: Agent,
  after: Agent,
  isHeldBack = holdsBack(before, after),
): readonly SettingChange[] {
  const old = settingsOf(before)
  const wanted = settingsOf(after)
  const fields = [...new Set([...wanted.keys(), ...old.keys()])]
  return fields
    .filter((field) => !deepEqual(old.get(field), wanted.get(field)))
    .map((field) => timeChange(field, { removed: !wanted.has(field), before, after, isHeldBack }))
}

/** The settings of an agent by author path, including those that exist only in the runner (`tools` by script and time limit). */
export function settingsOf(agent: Agent): ReadonlyMap<string, unknown> {
  const { file, hash, places, references, tools, servers, tool_choice, ...rest } = agent
  return new Map<string, unknown>([
    ...leaves({ ...rest, hooks: asAuthored(rest.hooks) }).flatMap(({ path, value }) =>
      deepEqual(value, {}) ? [] : [[path.join('.'), value] as const],
    ),
    ...(tool_choice === undefined ? [] : [['tool_choice', tool_choice] as const]),
    ['tools', [...tools.map(settingsOfTool), ...servers]],
  ])
}

/** Hooks as the file writes them, without their working folder, which the file does not state. */
function asAuthored(hooks: Hooks): unknown {
  const entries = Object.entries(hooks).map(([event, { timeoutMs, cwd: _cwd, ...hook }]) => {
    return [event, { ...hook, timeout: durationText(timeoutMs) }] as const
  })
  return Object.fromEntries(entries)
}

/** When a setting takes effect, and what may make it wait; undefined if no rule says that it may change while a session is open. */
export function timingOf(field: string): TimingRow | undefined {
  return TIMING.find(({ fields }) => fields.test(field))
}

/**
 * For a tool listed by a server: which server. What the server is like is compared once, as the server. For a script: its working folder
 * only if the author names one; where the agent file lies is no setting.
 */
function settingsOfTool({ checkArguments, ...tool }: Tool): unknown {
  if (tool.kind === 'mcp') return { ...tool, server: tool.server.name }
  if (tool.kind !== 'script') return tool
  const { agentFolder, cwd, ...own } = tool
  return cwd === agentFolder ? own : { ...own, cwd }
}

interface Circumstances {
  readonly removed: boolean
  readonly before: Agent
  readonly after: Agent
  readonly isHeldBack: boolean
}

function timeChange(field: string, circumstances: Circumstances): SettingChange {
  const row = timingOf(field)
  if (row === undefined)
    return { field, when: 'next session', reason: 'no rule says that it may change while a session is open' }
  const reason = row.unless?.(circumstances) ?? heldBackReason(field, circumstances)
  if (reason !== undefined) return { field, when: 'next session', reason }
  return { field, when: row.when, ...(row.reason === undefined ? {} : { reason: row.reason }) }
}

interface TimingRow {
  readonly fields: RegExp
  readonly when: ChangeTiming
  readonly reason?: string
  /** A reason why this particular change must wait for the next session. */
  readonly unless?: (circumstances: Circumstances) => string | undefined
}

const NAME_REASON =
  'conversations, tools and logs know a running agent by its name: a save that changes it is refused whole'
const LOCKED_REASON = 'the service fixes it when a session opens'

/** *The* table of author-field timing. Sources: the protocol's hot-swap list and the notes of its integrations. */
const TIMING: readonly TimingRow[] = [
  { fields: /^name$/, when: 'refused', reason: NAME_REASON },
  { fields: /^(description|version)$/, when: 'now' },
  { fields: /^reload\..+$/, when: 'now' },
  { fields: /^tools$/, when: 'next response' },
  {
    fields: /^(model|instructions|temperature|max_output_tokens|tool_choice|output_modalities)$/,
    when: 'next response',
  },
  { fields: /^(voice|tts\..+)$/, when: 'next response' },
  { fields: /^stt\..+$/, when: 'next audio' },
  { fields: /^turn_detection\..+$/, when: 'next audio', unless: manualSwitchReason },
  { fields: /^provider_data\.tts\.(conversational|user_turn_mode)$/, when: 'next session', reason: LOCKED_REASON },
  { fields: /^provider_data(\..+)?$/, when: 'next audio', unless: mergedRemovalReason },
  { fields: /^audio\.input\.noise_reduction$/, when: 'next session', reason: LOCKED_REASON },
  { fields: /^audio\..+$/, when: 'next session', reason: 'the sound format is fixed for the length of a session' },
  { fields: /^connection\..+$/, when: 'next session', reason: 'it belongs to the connection' },
  { fields: /^hooks\..+$/, when: 'now' },
  { fields: /^(idle|limits|interruption)\..+$/, when: 'now' },
  { fields: /^greeting(_interruptible)?$/, when: 'next session', reason: 'a conversation is greeted once' },
]

/** Whether an edit waits for the next session as a whole. An edit that sets `apply` to `next_session`, or away from it, does not. */
export function holdsBack(before: Agent, after: Agent): boolean {
  return [before, after].every(({ reload }) => reload.apply === 'next_session')
}

function heldBackReason(field: string, { isHeldBack }: Circumstances): string | undefined {
  return isHeldBack && field !== 'name' ? HELD_BACK_REASON : undefined
}

function manualSwitchReason({ before, after }: Circumstances): string | undefined {
  const manual = [before, after].filter((agent) => agent.turn_detection.type === 'manual').length
  return manual === 1 ? 'who ends a turn is fixed for the length of a session' : undefined
}

function mergedRemovalReason({ removed }: Circumstances): string | undefined {
  return removed ? 'the service merges provider_data, so absence cannot be said' : undefined
}
