import { durationMs } from '../../agent/duration.ts'
import { acceptedDetection } from '../config-state.ts'
import { callerEntry, lastCallerEntry } from '../record.ts'
import type { CallerEntry } from '../record-entry.ts'
import { makeDue } from '../response/causes.ts'
import type { SessionState } from '../state.ts'
import { type Step, withoutEffects } from '../stepping.ts'
import { isPlaybackPaused } from '../time/quiet.ts'
import { interrupt, interruptEarlierTurns } from './interruption.ts'

/** How many words of a text count: ignored phrases are left out, whatever their case and punctuation. */
export function countWords(text: string, ignore: readonly string[]): number {
  const phrases = ignore.map(wordsOf).toSorted((one, other) => other.length - one.length)
  let words = wordsOf(text)
  let count = 0
  while (words.length > 0) {
    const ignored = phrases.find((phrase) => phrase.length > 0 && phrase.every((word, index) => word === words[index]))
    if (ignored === undefined) count += 1
    words = words.slice(ignored?.length ?? 1)
  }
  return count
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}'’]+/gu) ?? []
}

/** Interrupts the agent if the words suffice: a cough has none, "mm-hm" does not count, nor do words recognised in too short a sound. */
export function interruptByWords(state: SessionState, itemId: string): Step {
  const { interruption } = state.config.confirmed.agent
  const entry = callerEntry(state, itemId)
  if (interruption === undefined || entry === undefined || state.phase !== 'live') return withoutEffects(state)
  if (!isInterruptionByWords(state) || countWords(entry.text, interruption.ignore) < interruption.min_words) {
    return withoutEffects(state)
  }
  const isLong = entry.turn !== state.turn.turnsBegun || spokenMs(state) >= (durationMs(interruption.min_speech) ?? 0)
  const running = state.turn.responses.filter(({ silenced }) => !silenced)
  const isAnswered = [...running, ...state.calls].some(({ turn }) => turn >= entry.turn)
  const isAnswerPlayed = state.sound.items.some(({ turn }) => turn >= entry.turn)
  if (!isLong) return withoutEffects(state)
  if (isAnswerPlayed) return isPausedForTurn(state, entry) ? interruptAndRequestAgain(state) : withoutEffects(state)
  if (isOverEarlierAnswer(state, entry)) return isAnswered ? interruptEarlierTurns(state, entry.turn) : interrupt(state)
  return running.length > 0 && !isAnswered ? interrupt(state) : withoutEffects(state)
}

/** Whether the agent has been pausing since this turn began: nothing of the answer to it has been heard. */
function isPausedForTurn(state: SessionState, entry: CallerEntry): boolean {
  return isPlaybackPaused(state) && entry.turn === state.turn.turnsBegun
}

/** Cuts off the waiting answer together with what it waits behind, and requests it again. */
function interruptAndRequestAgain(state: SessionState): Step {
  const [silent, effects] = interrupt(state)
  return [makeDue(silent, 'turn'), effects]
}

/** Whether the runner decides what interrupts, and not the service. */
export function isInterruptionByWords({ config }: SessionState): boolean {
  return config.confirmed.agent.interruption !== undefined && acceptedDetection(config)?.interrupt_response === false
}

/** Whether something that answers an earlier turn is still to be heard. */
export function isOverEarlierAnswer({ sound }: SessionState, entry: CallerEntry): boolean {
  return sound.playing && sound.items.some(({ turn, bytes, heardBytes }) => turn < entry.turn && bytes > heardBytes)
}

/** How long the caller's last turn has lasted, in ms; infinite if its beginning was not reported, so that its words alone decide. */
function spokenMs({ turn: { spokenTurn }, moment }: SessionState): number {
  return spokenTurn.since === null ? Number.POSITIVE_INFINITY : (spokenTurn.until ?? moment.now) - spokenTurn.since
}

/** Whether the last turn is only ignored words, or none at all, said while the agent spoke: it wants no answer. */
export function isFalseInterruption(state: SessionState): boolean {
  const { interruption } = state.config.confirmed.agent
  const entry = lastCallerEntry(state)
  if (interruption === undefined || entry?.turn !== state.turn.turnsBegun) return false
  const isRead = entry.text !== '' || entry.state === 'final'
  return entry.overAgent && isRead && countWords(entry.text, interruption.ignore) === 0
}
