import { isFalseInterruption } from '../barge-in/interruption-by-words.ts'
import { isInTurn, isManual, soundOfTurn } from '../caller/caller-sound.ts'
import { asHeld, canReencode, prependToHeld } from '../caller/held-sound.ts'
import { isBackgroundPending } from '../calls/background.ts'
import { type ConfigState, NEW_SESSION_CONFIG, type SentUpdate } from '../config-state.ts'
import { withOffer } from '../edits/offers.ts'
import type { RecordEntry } from '../record-entry.ts'
import { dueAgain, isAnswerSilenced, isByClock, isNews, unheardCauses } from '../response/causes.ts'
import { isPresumedRefused, withoutRefusedUpdate } from '../settings/refusal.ts'
import { withoutAdditions } from '../settings/wanted-settings.ts'
import { NEW_SESSION_SOUND } from '../sound-state.ts'
import { type SessionState, withTurn } from '../state.ts'
import { promptsSince } from '../time/clocks.ts'
import { NEW_SESSION_TURN, type ReplyCause, type TurnState } from '../turn-state.ts'
import { nextGeneration } from './opening.ts'

/**
 * Drops what belonged to a lost session. Only the agent, an update in flight, running tools and the caller's current turn carry over; its
 * ids may come again in the next. What nobody heard of it is reported before. `isSeamless`: no answer is due, and what sounds goes on.
 */
export function leaveSession(before: SessionState, isSeamless = false): SessionState {
  const requeued = { ...before, config: requeueUpdates(before.config) }
  const resent = isSeamless ? NOTHING_TO_RESEND : soundToResend(requeued)
  const isReencodable = canReencode(requeued.config.openedWith.audio.input, nextGeneration(requeued).agent.audio.input)
  const isTranscribedAgain = resent.hasTurn && isReencodable
  const state = isTranscribedAgain ? clearTranscripts(requeued, resent.turns) : requeued
  const isGreetingCut = !isSeamless && requeued.connection.greeting === 'begun' && requeued.turn.turnsBegun === 0
  const { playing, items, clearing } = state.sound
  return {
    ...state,
    connection: {
      ...state.connection,
      greeting: isGreetingCut ? 'cut' : state.connection.greeting,
      toReplay: 0,
      entriesSinceReplay: 0,
      leftAt: state.phase === 'live' ? before.moment.now : state.connection.leftAt,
    },
    lifetime: { ...state.lifetime, expiresAt: null, rollOver: 'no' },
    config: { ...state.config, ...NEW_SESSION_CONFIG },
    turn: {
      ...state.turn,
      ...NEW_SESSION_TURN,
      ...carryOverDue(state, isTranscribedAgain && (resent.isEnded || requeued.turn.callerSpeaking), isGreetingCut),
    },
    calls: state.calls
      .filter((call) => !call.answered || call.stage === 'running' || isBackgroundPending(call))
      .map((call) => ({ ...call, orphaned: true })),
    consentRequests: [],
    record: state.record.map(detachEntry),
    sound: {
      ...state.sound,
      ...NEW_SESSION_SOUND,
      items: playing || clearing.length > 0 ? items.map((item) => ({ ...item, orphaned: true })) : [],
      held: prependToHeld(state, resent.hasTurn || isReencodable ? resent.sound : []),
    },
    unanswered: [],
  }
}

/** Updates in flight, or never answered, go into the next session, unless they count as refused. */
export function requeueUpdates(config: ConfigState): ConfigState {
  const { sent, unconfirmed } = config
  return [sent, unconfirmed].reduce(requeueUpdate, { ...config, sent: null, unconfirmed: null })
}

function requeueUpdate(config: ConfigState, update: SentUpdate | null): ConfigState {
  if (update === null) return config
  if (isPresumedRefused(config, update)) return withoutRefusedUpdate(config, update)
  if (update.generation.number === config.confirmed.number) return config
  const waiting = { noticedAt: update.noticedAt, waitingReported: false, superseded: false }
  const offer = { ...withoutAdditions(update.generation), ...waiting }
  return { ...config, offers: withOffer(config.offers, offer) }
}

type CarriedOver = Pick<TurnState, 'callerSpeaking' | 'answerExpected' | 'cutOff' | 'replyDue'>

/**
 * What the caller waits for is answered together with the turn they are in, or that is heard again; by itself if there is none. A tool's
 * follow-up stays due as one: it is told even if the caller silences the answer to their own words. A session lost before it was live
 * changes nothing of this.
 */
function carryOverDue(state: SessionState, isHeardAgain: boolean, isGreetingCut: boolean): CarriedOver {
  const { turn, phase } = state
  const due = dueCauses(state)
  if (phase !== 'live') {
    const { callerSpeaking, answerExpected, cutOff } = turn
    return { callerSpeaking, answerExpected, cutOff, replyDue: due }
  }
  const answerExpected = isHeardAgain && answersByItself(state)
  const callerSpeaking = turn.callerSpeaking && isManual(state) && !answerExpected
  const isOwed = !isGreetingCut && isAnswerDue(state)
  const owed: readonly ReplyCause[] = isOwed ? ['text'] : []
  const followUp = due.filter((cause) => isOwed && cause === 'tool')
  const cutOff = answerExpected ? owed : []
  const replyDue = [...followUp, ...(answerExpected ? [] : owed), ...due.filter(isNews)]
  return { callerSpeaking, answerExpected, cutOff, replyDue }
}

/** Whether the next session answers what it hears without a request. */
function answersByItself(state: SessionState): boolean {
  const detection = nextGeneration(state).agent.turn_detection
  return detection.type !== 'manual' && detection.create_response
}

const NOTHING_TO_RESEND = { sound: [], hasTurn: false, isEnded: false, turns: [] }

/**
 * What the next session hears again: finished turns that were not transcribed, and all of the turn that the caller is in, or may just be
 * beginning.
 */
function soundToResend(state: SessionState) {
  const ended = state.sound.committed
  const open = isInTurn(state) ? soundOfTurn(state) : []
  const since = isManual(state) ? open : soundOfTurn(state)
  const turns = ended.map(({ turn }) => turn)
  return {
    sound: [...ended.flatMap(({ sound }) => asHeld(sound, isManual(state))), ...asHeld(since, false)],
    hasTurn: ended.length > 0 || open.length > 0,
    isEnded: ended.length > 0 && open.length === 0,
    turns: open.length > 0 ? [...turns, state.turn.spokenTurn.turn] : turns,
  }
}

/** Discards the words recognised in these turns: they are recognised again, from all of their sound. */
function clearTranscripts(state: SessionState, turns: readonly number[]): SessionState {
  const isResent = (entry: RecordEntry) => entry.kind === 'caller' && turns.includes(entry.turn)
  const record = state.record.map((entry) => (isResent(entry) ? { ...entry, text: '' } : entry))
  return withTurn({ ...state, record: record as readonly RecordEntry[] }, { answerExpected: false })
}

/**
 * Whether an answer is due: the caller, or a tool, had the last word, it was no murmur and they have not silenced the agent by hand since;
 * or an answer broke off. A running tool will have its own.
 */
function isAnswerDue(state: SessionState): boolean {
  const { turn, record, sound } = state
  const isMurmur = isFalseInterruption(state)
  const begun = turn.responses.flatMap(({ causes, hasContent, silenced }) => (hasContent && !silenced ? causes : []))
  const isAsked = [...begun, ...dueCauses(state)].some((cause) => !isByClock(cause))
  const isExpected = turn.answerExpected && !isMurmur && !isAnswerSilenced(turn)
  const broken = isAsked || isExpected || (sound.playing && promptsSince(state) === 0)
  const last = record.findLast((entry) => entry.kind === 'call' || entry.text !== '')
  if (last === undefined || (last.kind === 'call' && last.output === null)) return false
  const isLeftOpen = last.kind === 'caller' ? !isMurmur : last.kind !== 'agent'
  return broken || (isLeftOpen && turn.silencedTurn < last.turn)
}

/** Causes requested in vain, or not requested yet. */
function dueCauses({ turn }: SessionState): readonly ReplyCause[] {
  return dueAgain(turn, unheardCauses(turn))
}

/** An entry of a lost session: nothing more will come for it, and its ids may come again for others. */
function detachEntry(entry: RecordEntry): RecordEntry {
  if (entry.kind === 'caller') return { ...entry, itemId: '', state: entry.state === 'open' ? 'late' : entry.state }
  return entry.kind === 'agent' ? { ...entry, orphaned: true } : entry
}
