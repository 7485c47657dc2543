import { plural } from '../../agent/plural.ts'
import type { AgentStatus, ReloadResult, Status } from '../control.ts'
import type { ConversationStatus, GenerationOutcome } from '../generations/conversation-status.ts'

/** The status of one process, for people. */
export function statusText({ version, pid, since, agents, conversations }: Status, now: number): string {
  const head = `runner ${version} · process ${pid} · for ${duration(now - since)}\n`
  return (
    head +
    agents
      .map((agent) =>
        agentText(
          agent,
          conversations.filter((one) => one.agent === agent.name),
          now,
        ),
      )
      .join('')
  )
}

function agentText(
  { name, file, generation, last, text }: AgentStatus,
  conversations: readonly ConversationStatus[],
  now: number,
): string {
  const { number, source, verdict, at, sha256 } = generation
  const lines = [
    `${name} (${file})`,
    `  generation ${number} · ${SOURCE_WORDS[source]} ${duration(now - at)} ago · ${VERDICT_WORDS[verdict]} · ${sha256.slice(0, 12)}`,
    ...(text === '' ? [] : [`  ${lastSaveText(last, generation)}`, ...text.split('\n').map((line) => `    ${line}`)]),
    `  ${plural(conversations.length, 'conversation')}${conversations.length === 0 ? '' : `, ${perGeneration(conversations)}`}`,
    ...conversations.slice(0, SHOWN_MAX).map(conversationText),
    ...(conversations.length > SHOWN_MAX ? [`    … ${conversations.length - SHOWN_MAX} more; --json has all`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** What became of the last save, or rollback, of which there is something to say. */
function lastSaveText(last: AgentStatus['last'], { number, verdict }: AgentStatus['generation']): string {
  if (last.kind === 'held') return 'the last save is held:'
  if (last.kind === 'published' && last.generation === number && verdict !== 'refused')
    return `generation ${number} has new warnings:`
  return 'generation' in last ? `the service refused generation ${last.generation}:` : 'the last save is not taken:'
}

/** The most conversations shown one by one. */
const SHOWN_MAX = 20

const SOURCE_WORDS = { start: 'started', file: 'saved', accepted: 'accepted', rollback: 'rolled back' } as const
const VERDICT_WORDS = { open: 'not yet confirmed', confirmed: 'confirmed', refused: 'refused by the service' } as const

function perGeneration(conversations: readonly ConversationStatus[]): string {
  const counts = new Map<string, number>()
  for (const { generation } of conversations) {
    const key = generation === null ? 'opening' : `on generation ${generation}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].map(([key, number]) => `${number} ${key}`).join(', ')
}

/** The status of one conversation, in one line. */
export function conversationText({ conversation, generation, waiting, deferred, last }: ConversationStatus): string {
  const parts = [
    generation === null ? 'opening' : `generation ${generation}`,
    ...(last === null ? [] : [outcomeText(last)]),
    ...(waiting.length === 0 ? [] : [`waiting for a quiet moment: ${waiting.join(', ')}`]),
    ...(deferred.length === 0 ? [] : [`for the next session: ${deferred.join(', ')}`]),
  ]
  return `    ${conversation} · ${parts.join(' · ')}`
}

function outcomeText({ offered, outcome, changes, ms, ms_wire, message }: GenerationOutcome): string {
  const all = changes.map(({ field, summary }) => (summary === null ? field : `${field} ${summary}`)).join(', ')
  const what = all === '' ? 'nothing differs from before' : all
  const why = message === null ? '' : `: ${message}`
  const times = [
    ...(ms_wire === null ? [] : [`sent after ${ms_wire} ms`]),
    ...(ms === null ? [] : [`${ms_wire === null ? 'after' : 'confirmed after'} ${ms} ms`]),
  ]
  return [`${offered} ${outcome}: ${what}${why}`, ...times].join(', ')
}

/** The result of a reload or a rollback, for people. */
export function reloadResultText({ agent, outcome, verdict, text, conversations }: ReloadResult): string {
  const lines = conversations.slice(0, SHOWN_MAX).map(conversationText)
  switch (outcome.kind) {
    case 'published':
    case 'unchanged':
      // Files unchanged since a start that the service refused are not in force.
      if (outcome.kind === 'unchanged' && verdict !== 'refused')
        return `${agent}: nothing to do, generation ${outcome.generation} is in force\n`
      return [
        `${agent}: generation ${outcome.generation}, ${VERDICT_WORDS[verdict]}`,
        ...lines,
        ...(text === '' ? [] : [text]),
        '',
      ].join('\n')
    case 'held':
      return `${agent}: held\n${text}\n`
    case 'rejected':
      return `${agent}: not taken, the last good settings stay\n${text}\n`
    case 'unusable':
      return `${agent}: ${outcome.message}\n`
    default:
      return outcome satisfies never
  }
}

/** A duration in its largest useful unit. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
