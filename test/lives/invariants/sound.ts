import type { SessionState } from '../../../src/session/state.ts'
import { count, type Invariants } from './invariant.ts'

/** Of what sounds, stands still and is cut off, and of what was heard of it. */
export const OF_SOUND: Invariants = {
  'nothing of an interrupted or ended response is played, but for what has waited behind another': ({
    before,
    effects,
  }) =>
    effects.every(
      (effect) =>
        effect.type !== 'play' ||
        before.sound.waiting.some(({ itemId, isCutOff }) => itemId === effect.itemId && !isCutOff) ||
        (!before.turn.endedIds.some((id) => effect.itemId === `item_${id}`) &&
          !before.turn.responses.some(({ id, silenced }) => silenced && effect.itemId === `item_${id}`)),
    ),
  'two answers are never mixed: one sounds once none before it is being made': ({ state, effects }) =>
    effects.every((effect) => {
      if (effect.type !== 'play') return true
      const index = state.turn.responses.findIndex(({ id }) => effect.itemId === `item_${id}`)
      return state.turn.responses.slice(0, Math.max(0, index)).every(({ silenced }) => silenced)
    }),
  'playback stands still exactly where the conversation says so': ({ state: { sound }, books }) =>
    books.isStill === (sound.playbackPause !== 'no'),
  'a standstill has its end: a timer runs for it': ({ state: { sound }, books }) =>
    sound.playbackPause === 'no' || books.timers.has(sound.playbackPause === 'while he speaks' ? 'speech' : 'resume'),
  'what goes on is not cut off': ({ effects }) =>
    !effects.some(({ type }) => type === 'resumePlayback') ||
    effects.every(({ type }) => type !== 'clearPlayback') ||
    count(effects, 'response.cancel') +
      count(effects, 'conversation.item.truncate') +
      count(effects, 'conversation.item.delete') ===
      0,
  'what went up into a line that is lost is heard by the session that follows, as much as is ever kept': ({
    before,
    state,
    event,
  }) => {
    const unheard = event.type === 'socket.closed' ? (event.unheard?.byteLength ?? 0) : 0
    const isLost = before.phase === 'live' && state.phase === 'waiting'
    return !isLost || bytesIn(state.sound.held) >= Math.min(unheard, KEPT_BYTES)
  },
  'nothing that the caller says goes up while he is muted, or held back by a greeting': ({ before, event, effects }) =>
    event.type !== 'caller.audio' ||
    !(before.sound.paused || before.turn.greetingGuarded || before.phase !== 'live') ||
    effects.every((effect) => effect.type !== 'send' || effect.event.type !== 'input_audio_buffer.append'),
  'no more is said to be heard than was received': ({ before, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'conversation.item.truncate' ||
        (Number.isInteger(effect.event.audio_end_ms) &&
          effect.event.audio_end_ms * 48 < receivedBytes(before, effect.event.item_id)),
    ),
  'the record stands in the order of turns, with no more heard than was said': ({ state: { record } }) =>
    record.every(
      (entry, index) =>
        entry.turn >= (record[index - 1]?.turn ?? 0) &&
        (entry.kind !== 'agent' || entry.heard === null || entry.text.startsWith(entry.heard)),
    ),
}

/** What is kept at least where it is too much: the limit, but for one piece. */
const KEPT_BYTES = 960_000 - 2_880

function bytesIn(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
}

function receivedBytes({ sound }: SessionState, itemId: string): number {
  return sound.items.find((item) => item.itemId === itemId)?.bytes ?? 0
}
