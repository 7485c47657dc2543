import { isManual } from '../../../src/session/caller/caller-sound.ts'
import type { SessionState } from '../../../src/session/state.ts'
import { count, type Invariants } from './invariant.ts'

/** On what is played, paused and cut off, and on what was heard of it. */
export const SOUND_INVARIANTS: Invariants = {
  'no sound of an interrupted or ended response is played, unless it waited behind another': ({ before, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'play' ||
        before.sound.waiting.some(({ itemId, isCutOff }) => itemId === effect.itemId && !isCutOff) ||
        (!before.turn.endedIds.some((id) => effect.itemId === `item_${id}`) &&
          !before.turn.responses.some(({ id, silenced }) => silenced && effect.itemId === `item_${id}`)),
    ),
  'two responses never mix: one is played only when no earlier one is in progress': ({ state, effects }) =>
    effects.every((effect) => {
      if (effect.type !== 'play') return true
      const index = state.turn.responses.findIndex(({ id }) => effect.itemId === `item_${id}`)
      return state.turn.responses.slice(0, Math.max(0, index)).every(({ silenced }) => silenced)
    }),
  'playback is paused exactly when the state says so': ({ state: { sound }, observer }) =>
    observer.isPaused === (sound.playbackPause !== 'no'),
  'a timer runs that ends every playback pause': ({ state: { sound }, observer }) =>
    sound.playbackPause === 'no' ||
    observer.timers.has(sound.playbackPause === 'while the caller speaks' ? 'speech' : 'resume'),
  'a step that resumes playback does not cut it off': ({ effects }) =>
    !effects.some(({ type }) => type === 'resumePlayback') ||
    effects.every(({ type }) => type !== 'clearPlayback') ||
    count(effects, 'response.cancel') +
      count(effects, 'conversation.item.truncate') +
      count(effects, 'conversation.item.delete') ===
      0,
  'unconfirmed sound of a lost connection is sent to the next session, up to the limit, unless turns are ended by hand':
    ({ before, state, event }) => {
      const unheard = event.type === 'socket.closed' ? (event.unheard?.byteLength ?? 0) : 0
      const isLost = before.phase === 'live' && state.phase === 'waiting'
      return !isLost || isManual(before) || bytesIn(state.sound.held) >= Math.min(unheard, RETAINED_BYTES)
    },
  'no sound is sent while the caller is muted, or held back by a greeting': ({ before, event, effects }) =>
    event.type !== 'caller.audio' ||
    !(before.sound.paused || before.turn.greetingGuarded || before.phase !== 'live') ||
    effects.every((effect) => effect.type !== 'send' || effect.event.type !== 'input_audio_buffer.append'),
  'no more sound is truncated as heard than was received': ({ before, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'conversation.item.truncate' ||
        (Number.isInteger(effect.event.audio_end_ms) &&
          effect.event.audio_end_ms * 48 < receivedBytes(before, effect.event.item_id)),
    ),
  'the record is in order of turns, with no more heard than was said': ({ state: { record } }) =>
    record.every(
      (entry, index) =>
        entry.turn >= (record[index - 1]?.turn ?? 0) &&
        (entry.kind !== 'agent' || entry.heard === null || entry.text.startsWith(entry.heard)),
    ),
}

/** What is retained at least of too much sound: the limit, minus one piece. */
const RETAINED_BYTES = 960_000 - 2_880

function bytesIn(pieces: readonly { readonly audio: Uint8Array }[]): number {
  return pieces.reduce((sum, { audio }) => sum + audio.byteLength, 0)
}

function receivedBytes({ sound }: SessionState, itemId: string): number {
  return sound.items.find((item) => item.itemId === itemId)?.bytes ?? 0
}
