import type { Agent } from '../../agent/agent.ts'
import type { SessionObject } from '../../realtime/session-object.ts'
import type { ConfigState } from '../config-state.ts'
import { HELD_BACK_REASON, holdsBack, planChanges, type SettingChange } from '../plan.ts'
import { compileSession } from '../settings/compile.ts'
import { diffSession } from '../settings/session-diff.ts'
import { describeChange } from './describe-change.ts'
import type { PlannedChange } from './plan-text.ts'

/** What an edit means for an open session. */
export interface Edit {
  /** What is sent for it; empty if none of it goes on the wire. */
  readonly update: SessionObject
  /** The whole session as it will be once the update is confirmed. */
  readonly next: SessionObject
  /** What changes in this session. */
  readonly changes: readonly SettingChange[]
  /** Changes of this edit that wait for the next session. */
  readonly later: readonly SettingChange[]
  /** Its author wants none of it applied to open sessions. */
  readonly heldBack: boolean
  /** Author paths that wait for the next session, those of earlier edits included. */
  readonly deferred: readonly string[]
}

/**
 * Computes an edit. What is fixed when a session opens is compared with its opening, so that an edit that is taken back waits for nothing.
 */
export function computeEdit(config: ConfigState, agent: Agent): Edit {
  const { confirmed, unconfirmed, openedWith, accepted, created, possiblyAccepted } = config
  const {
    update,
    next,
    deferred: unremovable,
  } = diffSession(accepted, compileSession(agent), { created, possiblyAccepted })
  const isHeldBackWhole = holdsBack(confirmed.agent, agent)
  const sinceOpened = planChanges(openedWith, agent, false)
  const doubted = unconfirmed === null ? [] : planChanges(unconfirmed.generation.agent, agent, isHeldBackWhole)
  const planned = planChanges(confirmed.agent, agent)
  const changes = addDoubted(planned, doubted).flatMap((change): readonly SettingChange[] => {
    const reason = unremovable.find(({ field }) => field === change.field)?.reason
    if (reason !== undefined) return [{ ...change, when: 'next session', reason }]
    return isLater(change) && !isHeldBack(change) ? sinceOpened.filter(({ field }) => field === change.field) : [change]
  })
  const waiting = [...sinceOpened.filter(isLater), ...changes.filter(isHeldBack), ...unremovable].map(
    ({ field }) => field,
  )
  return {
    update,
    next,
    changes: changes.filter((change) => !isLater(change)),
    later: changes.filter(isLater),
    heldBack: changes.some(isHeldBack),
    deferred: [...new Set(waiting)],
  }
}

/** The same changes, with a description of each for people. */
export function withDescriptions(
  config: ConfigState,
  agent: Agent,
  changes: readonly SettingChange[],
): readonly PlannedChange[] {
  const { confirmed, unconfirmed } = config
  const planned = planChanges(confirmed.agent, agent).map(({ field }) => field)
  return changes.map((change) => {
    const before = planned.includes(change.field) ? confirmed.agent : (unconfirmed?.generation.agent ?? confirmed.agent)
    return { ...change, ...describeChange(before, agent, change.field) }
  })
}

/** Adds what an unanswered update may have changed, which has to be undone as well. */
function addDoubted(changes: readonly SettingChange[], doubted: readonly SettingChange[]): readonly SettingChange[] {
  return [...changes, ...doubted.filter(({ field }) => !changes.some((change) => change.field === field))]
}

function isHeldBack({ reason }: SettingChange): boolean {
  return reason === HELD_BACK_REASON
}

function isLater({ when }: SettingChange): boolean {
  return when === 'next session'
}
