import { clearPlayback } from '../barge-in/interruption.ts'
import { reportAllUnspoken } from '../barge-in/truncate.ts'
import { flushAudio, isInTurn, isManual, soundOfTurn } from '../caller/caller-sound.ts'
import { asHeld, prependToHeld } from '../caller/held-sound.ts'
import type { NextSession } from '../connection-state.ts'
import { lastCallerEntry } from '../record.ts'
import { flushWords } from '../response/report-words.ts'
import { deepEqual } from '../settings/leaves.ts'
import { NO_AUDIO } from '../sound-state.ts'
import type { SessionState } from '../state.ts'
import { emit, type Step, sequence, withoutEffects } from '../stepping.ts'
import { isAtRest } from '../time/quiet.ts'
import { HEALTHY_MS } from '../time/timeouts.ts'
import { bringsNewGeneration, putInForce, reportOpened } from './confirm.ts'
import { noteExpiry } from './expiry.ts'
import { goLive } from './go-live.ts'
import { leaveSession } from './leave-session.ts'
import { replayToNext } from './next-session.ts'
import { asOpened, connectionToTry, openingChanges } from './opening.ts'
import { beginReplay, notYetReplayed } from './replay.ts'

/** Whether the session may be left unnoticed: neither speaks, nothing is due, no call is open, and everything said and heard is known. */
export function isTurnBoundary(state: SessionState): boolean {
  const { sound } = state
  if (!isAtRest(state)) return false
  return (
    lastCallerEntry(state)?.state !== 'open' &&
    !sound.playing &&
    sound.clearing.length === 0 &&
    (sound.uncommittedMs === 0 || !isManual(state))
  )
}

/**
 * Whether the next session can take over: its settings are confirmed and no older than those in force, and what it was told still holds.
 */
export function isNextSessionReady({ next, record, config }: SessionState): boolean {
  const isReady = next?.stage === 'ready' && next.wanted.number >= config.confirmed.number
  return isReady && notYetReplayed(record, next.replayedEntries) !== null
}

/**
 * Replaces the live session, which is closed, with the next one, and tells that one the rest. If nothing is broken off it is live at once,
 * and what is still sounding goes on; otherwise the caller's sound is held until it has acknowledged what it was told, and it is told once
 * all that was heard is known.
 */
export function takeOver(state: SessionState): Step {
  const { next, record, sound } = state
  if (next === null || next.sent === null) return withoutEffects(state)
  const rest = notYetReplayed(record, next.replayedEntries) ?? []
  const update = { ...next.sent, changes: openingChanges(state, next.wanted) }
  const isLiveAtOnce = isAtRest(state) && sound.clearing.length === 0 && !isSoundCut(state, next)
  return sequence(
    state,
    flushWords,
    reportAllUnspoken,
    isLiveAtOnce && rest.length > 0 ? (now) => replayToNext(now, rest) : withoutEffects,
    (now) => switchTo(now, now.next ?? next),
    (now) => putInForce(now, update),
    isLiveAtOnce
      ? (now) => goLive(now, hasSameAudioFormats(state, next))
      : (now) => beginReplay(now, next.replayedEntries.length > 0 ? rest.length : undefined),
    (now) => reportOpened(now, update, { echo: next.reported, isNews: bringsNewGeneration(state, update) }),
    (now) => noteExpiry(now, { ...next.created, ...next.reported }, next.reportedAt),
  )
}

function switchTo(state: SessionState, next: NextSession): Step {
  return sequence(
    state,
    hasSameInputFormat(state, next) ? withoutEffects : flushAudio,
    (now) => withoutEffects(continueInNext(now, next)),
    isSoundCut(state, next) ? clearPlayback : withoutEffects,
    emit(
      { type: 'takeOver' },
      { type: 'stopTimer', timer: 'next' },
      { type: 'startTimer', timer: 'healthy', ms: HEALTHY_MS },
    ),
  )
}

/** Whether sound is cut: it goes on only if the response is complete and the next session uses the same format. */
function isSoundCut(state: SessionState, next: NextSession): boolean {
  return state.sound.playing && !(isAtRest(state) && hasSameAudioFormats(state, next))
}

function hasSameAudioFormats({ config }: SessionState, { wanted }: NextSession): boolean {
  return deepEqual(config.openedWith.audio, wanted.agent.audio)
}

function hasSameInputFormat({ config }: SessionState, { wanted }: NextSession): boolean {
  return deepEqual(config.openedWith.audio.input, wanted.agent.audio.input)
}

/** The conversation as it goes on in the next session. Between turns nothing is due, and a question put to the caller stands. */
function continueInNext(state: SessionState, next: NextSession): SessionState {
  const isSeamless = isAtRest(state)
  const left = leaveSession(state, isSeamless)
  const { created, reported, startedAt, timeouts, replayedItemIds, unanswered, wanted, failures } = next
  // They may just have begun a turn that nobody has reported yet, or be in one that they end by hand.
  const begun = isSeamless && (hasSameInputFormat(state, next) || isInTurn(state)) ? soundOfTurn(state) : []
  const held = prependToHeld(left, asHeld(begun, false))
  const connection = connectionToTry(state, wanted.agent, failures)
  const partialFrame = held.length > 0 || !hasSameInputFormat(state, next) ? NO_AUDIO : state.sound.partialFrame
  return {
    ...left,
    next: null,
    connection: { ...left.connection, startedAt, timeouts, replayedItemIds },
    config: { ...left.config, ...asOpened(wanted, connection), created, reported },
    turn: isSeamless ? { ...left.turn, replyDue: [] } : left.turn,
    consentRequests: isSeamless ? state.consentRequests : [],
    sound: { ...left.sound, held, partialFrame },
    unanswered,
  }
}
