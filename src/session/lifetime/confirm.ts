import type { ReportedSession } from '../../realtime/session-object.ts'
import type { SentUpdate } from '../config-state.ts'
import { dropOlderOffers } from '../edits/offers.ts'
import type { PlannedChange } from '../edits/plan-text.ts'
import { reportedChanges } from '../edits/reported-changes.ts'
import { wasLive } from '../lifetime-state.ts'
import { type EchoVerdict, findMismatches, judgeEcho } from '../settings/echo.ts'
import { valueAt } from '../settings/leaves.ts'
import { mismatchFinding } from '../settings/setting-diagnostics.ts'
import { settingsInForce } from '../settings/wanted-settings.ts'
import { type SessionState, withConfig, withConnection } from '../state.ts'
import { emit, msSince, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { HEALTHY_MS } from '../time/timeouts.ts'
import { replayThenGoLive } from './go-live.ts'
import { asOpened, reconnectionToTry } from './opening.ts'

/** The first confirmation makes the session live; a later one confirms the update in flight if it shows what we changed. */
export function sessionUpdated(state: SessionState, echo: ReportedSession): Step {
  const { sent, unconfirmed, accepted, possiblyAccepted } = state.config
  const memory = valueAt(echo, ['providerData', 'memory', 'state']) ?? state.connection.memory
  const reported = withConfig(withConnection(state, { memory }), { reported: echo })
  if (state.phase === 'configuring') {
    return sent === null ? withoutEffects(reported) : firstConfirmation(reported, sent, echo)
  }
  const before = { accepted, possiblyAccepted, reported: state.config.reported }
  if (sent !== null && isAnswer(sent, judgeEcho(echo, sent.update, before))) {
    return sequence(
      withConfig(reported, { sent: null, unconfirmed: null, possiblyAccepted: [] }),
      emit({ type: 'stopTimer', timer: 'ack' }),
      (now) => applyUpdate(now, sent, echo),
    )
  }
  if (unconfirmed === null || judgeEcho(echo, unconfirmed.update, { ...before, possiblyAccepted: [] }) !== 'confirmed')
    return withoutEffects(reported)
  return applyUpdate(confirmLate(reported, unconfirmed), unconfirmed, echo)
}

function firstConfirmation(state: SessionState, sent: SentUpdate, echo: ReportedSession): Step {
  const opened = asOpened(sent.generation, reconnectionToTry(state, sent.generation.agent))
  return sequence(
    withConfig(state, { ...opened, sent: null }),
    emit({ type: 'stopTimer', timer: 'confirm' }, { type: 'startTimer', timer: 'healthy', ms: HEALTHY_MS }),
    (now) => putInForce(now, sent),
    replayThenGoLive,
    (now) => reportOpened(now, sent, { echo, isNews: bringsNewGeneration(state, sent) }),
  )
}

/** Accepts a late answer to an update that was given up; a later update may still be on its way. */
function confirmLate(state: SessionState, update: SentUpdate): SessionState {
  const possiblyAccepted = state.config.possiblyAccepted.filter((doubt) => doubt !== update.next)
  return withConfig(state, { unconfirmed: null, possiblyAccepted })
}

function applyUpdate(state: SessionState, update: SentUpdate, echo: ReportedSession): Step {
  return sequence(
    state,
    (now) => putInForce(now, update),
    (now) => reportApplied(now, update, { echo, isNews: bringsNewGeneration(state, update) }),
  )
}

/** Puts the settings of an update in force, including those that only the runner needs. */
export function putInForce(state: SessionState, { generation, next }: SentUpdate): Step {
  const settings = settingsInForce(generation, state.config.own)
  return dropOlderOffers(withConfig(state, { ...settings, accepted: next }), generation.number)
}

/**
 * Whether an update brings a live conversation a generation it did not have: it is then reported even if nothing differs, since whoever
 * saved it waits for that.
 */
export function bringsNewGeneration(state: SessionState, { own, generation }: SentUpdate): boolean {
  return wasLive(state) && !own && generation.number > state.config.confirmed.number
}

/** Reports what a session was opened with, and what waits for another one all the same. */
export function reportOpened(
  state: SessionState,
  update: SentUpdate,
  { echo, isNews }: { readonly echo: ReportedSession; readonly isNews: boolean },
): Step {
  const isDeferred = ({ field }: PlannedChange) => state.config.deferred.includes(field)
  const applied = update.changes.filter((change) => !isDeferred(change))
  const changes = update.changes.filter(isDeferred)
  const reason = 'this one was opened with the connection settings before the edit'
  return sequence(
    state,
    (now) => reportApplied(now, { ...update, changes: applied }, { echo, isNews: isNews && changes.length === 0 }),
    changes.length > 0
      ? report({ type: 'reload.deferred', ...reportedChanges({ ...update, changes, own: false }), reason })
      : withoutEffects,
  )
}

/** Reports an update as applied; with `isNews` even if nothing differs. */
function reportApplied(
  state: SessionState,
  update: SentUpdate,
  { echo, isNews }: { readonly echo: ReportedSession; readonly isNews: boolean },
): Step {
  const { changes, noticedAt, sentAt } = update
  const ms = msSince(state, noticedAt)
  const ms_wire = Math.round(sentAt - noticedAt)
  const body = { type: 'reload.applied', ...reportedChanges(update), changes, ms, ms_wire } as const
  return sequence(
    state,
    report({ type: 'session.settings', session: echo }),
    changes.length > 0 || isNews ? report(body) : withoutEffects,
    (now) => warnOfMismatches(now, echo, update),
  )
}

/** Whether an echo answers the update. Silence counts as an answer, unless the service seemed to refuse. */
function isAnswer(sent: SentUpdate, verdict: EchoVerdict): boolean {
  return verdict === 'confirmed' || (verdict === 'silent' && !sent.provisionallyRefused)
}

/** Warns of settings that the service may have ignored, once an update is confirmed or given up. */
export function warnOfMismatches(state: SessionState, echo: ReportedSession, sent: SentUpdate): Step {
  const found = findMismatches(echo, sent.update)
  return sequence(
    state,
    ...found.map((mismatch) => report({ type: 'warning', ...mismatchFinding(sent.generation.agent, mismatch) })),
  )
}
