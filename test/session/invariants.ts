import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as valid from '../../src/generated/realtime-client-events.js'
import type { ClientItem } from '../../src/realtime/client-event.ts'
import type { Effect } from '../../src/session/effect.ts'
import type { SessionEvent, TimerName } from '../../src/session/event.ts'
import { leaves, pathOf, sameData, valueAt } from '../../src/session/leaves.ts'
import { contentsOf, replayOf } from '../../src/session/replay.ts'
import { settle } from '../../src/session/settle.ts'
import type { SessionState } from '../../src/session/state.ts'
import { isTurnBoundary } from '../../src/session/take-over.ts'
import { moment } from './story.ts'

/** What is known of the other side, by what has reached the conversation: the books that every generator keeps. */
export interface Observed {
  /** Updates without an answer. */
  readonly updates: { readonly length: number }
  /** Answers that were asked for and have not begun. */
  readonly creates: { readonly length: number }
  /** Responses that have begun and are not over. */
  readonly responses: readonly string[]
  /** Outputs that each call was given on this connection. */
  readonly outputs: ReadonlyMap<string, number>
  readonly greetings: number
  /** Items that this connection was sent. */
  readonly items: readonly ClientItem[]
  /** Connections that are open, and were not told to close. */
  readonly sockets: number
  readonly launched: readonly string[]
  /** Calls that were run without the consent that they want. */
  readonly unasked: { readonly length: number }
  /** The agent's sound was told to stand still, and neither to go on nor to be cleared since. */
  readonly isStill: boolean
  /** Timers that run. */
  readonly timers: ReadonlySet<TimerName>
}

/** What holds after every event, whatever the order of events. */
export interface Witness {
  readonly before: SessionState
  readonly state: SessionState
  readonly event: SessionEvent
  readonly effects: readonly Effect[]
  /** The world after the effects were carried out. */
  readonly world: Observed
  /** Whether the session was confirmed when the effects were ordered, and whether the one to come was. */
  readonly wasLive: boolean
  readonly wasNextReady: boolean
}

export const INVARIANTS: { readonly [name: string]: (witness: Witness) => boolean } = {
  'a settled state settles to nothing': ({ state }) => {
    const [again, effects] = settle(state, moment)
    return effects.length === 0 && sameData(again as never, state as never)
  },
  'never two updates in flight': ({ state, world }) =>
    world.updates.length <= 1 || (state.config.sent?.repeated ?? false) || state.config.sent === null,
  'one active response': ({ state, effects, world }) => {
    const creates = count(effects, 'response.create')
    const begun = world.responses.filter((id) => !state.turn.ended.includes(id))
    return creates <= 1 && (creates === 0 || (begun.length === 0 && world.creates.length <= 1))
  },
  'nothing but the settings goes out before the first confirmation': ({ effects, wasLive, wasNextReady }) =>
    effects.every(
      (effect, index) =>
        effect.type !== 'send' ||
        effect.event.type === 'session.update' ||
        (effect.next || effects.slice(0, index).some(({ type }) => type === 'takeOver') ? wasNextReady : wasLive),
    ),
  'never more than two connections, and a second one only while a session is live': ({ state, world }) =>
    world.sockets <= (state.phase === 'live' && state.next !== null ? 2 : 1),
  'a session to come is told its settings and the record, and hears nobody': ({ effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.next !== true ||
        effect.event.type === 'session.update' ||
        effect.event.type === 'conversation.item.create',
    ),
  'a session that takes over is told the record, all of it that fits, in its order and once': ({
    before: { connection: earlier },
    state: { record, connection, phase },
    effects,
    world: { items },
  }) => {
    const isTold = earlier.untold > 0 || effects.some(({ type }) => type === 'takeOver')
    if (!isTold || connection.untold > 0 || !['live', 'replaying'].includes(phase)) return true
    // A call that was still open is told with its answer, after all that was said before; where nothing was told yet, with the rest.
    const answered = effects.flatMap((effect) =>
      effect.type === 'send' && !effect.next && effect.event.type === 'conversation.item.create'
        ? [effect.event.item]
        : [],
    )
    const isLate = (callId: string) =>
      earlier.untold === 0 && answered.some((item) => 'call_id' in item && item.call_id === callId)
    const before = record.filter((entry) => entry.kind !== 'call' || !isLate(entry.callId))
    const told = items.flatMap(({ id: _, ...content }) =>
      'call_id' in content && isLate(content.call_id) ? [] : [content],
    )
    const whole = before.flatMap(contentsOf)
    return told.length >= replayOf(before).length && sameData(told as never, whole.slice(-told.length) as never)
  },
  'a session is followed unnoticed at a turn boundary, and has no gap there': ({ before, effects }) =>
    !effects.some(({ type }) => type === 'takeOver') ||
    before.life.rollOver !== 'due' ||
    !isTurnBoundary(before) ||
    effects.every(
      (effect) => effect.type !== 'report' || effect.report.type !== 'session.ready' || !effect.report.gap_ms,
    ),
  'no call is answered twice': ({ world }) => [...world.outputs.values()].every((outputs) => outputs <= 1),
  'no result from the background is told twice in one session': ({ world: { items } }) => {
    const told = items.flatMap(resultOf)
    return new Set(told).size === told.length
  },
  'a result from the background goes in with the one order to tell it, unless it is told as what was said before': ({
    state,
    effects,
  }) => resultsIn(effects).length === 0 || state.phase === 'replaying' || count(effects, 'response.create') === 1,
  'a result alone is told neither over the caller nor before his turn has its answer': ({ state, effects }) =>
    resultsIn(effects).length === 0 ||
    state.turn.requested?.causes.join() !== 'result' ||
    (!state.turn.callerSpeaking && !state.turn.answerExpected),
  'a conversation is greeted once': ({ world }) => world.greetings <= 1,
  'whatever is sent is what the protocol allows': ({ effects }) =>
    effects.every((effect) => effect.type !== 'send' || valid.ClientEvent(effect.event)),
  'nobody speaks as the system: a message is the caller’s or the agent’s': ({ effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'conversation.item.create' ||
        effect.event.item.type !== 'message' ||
        ['user', 'assistant'].includes(effect.event.item.role),
    ),
  'whatever is reported is a line of the JSONL': ({ effects }) =>
    effects.every((effect) => effect.type !== 'report' || isLine(JSON.parse(JSON.stringify(effect.report)))),
  'a report carries the generation in force, which never goes back': ({ before, state, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'report' ||
        isBetween(effect.report.generation, before.config.confirmed.number, state.config.confirmed.number),
    ) &&
    (before.config.confirmed.number <= state.config.confirmed.number || !before.connection.everLive),
  'a sound format never changes in a live session': ({ before, state }) =>
    before.phase !== 'live' ||
    state.phase !== 'live' ||
    ['input', 'output'].every((side) =>
      sameData(valueAt(before, formatOf(side)) as never, valueAt(state, formatOf(side)) as never),
    ),
  'nothing of an interrupted or ended response is played': ({ before, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'play' ||
        (!before.turn.ended.some((id) => effect.itemId === `item_${id}`) &&
          !before.turn.responses.some(({ id, silenced }) => silenced && effect.itemId === `item_${id}`)),
    ),
  'a tool is run once for a call': ({ world }) => new Set(world.launched).size === world.launched.length,
  'a tool that waits for its turn runs once at a time': ({ state: { calls } }) =>
    calls.every(
      (call) =>
        call.stage !== 'running' ||
        call.launch?.tool.concurrency === 'allow' ||
        !calls.some((other) => other !== call && other.name === call.name && other.stage === 'running'),
    ),
  'playback stands still exactly where the conversation says so': ({ state: { sound }, world }) =>
    world.isStill === (sound.standstill !== 'no'),
  'a standstill has its end: a timer runs for it': ({ state: { sound }, world }) =>
    sound.standstill === 'no' || world.timers.has(sound.standstill === 'while he speaks' ? 'speech' : 'resume'),
  'what goes on is not cut off': ({ effects }) =>
    !effects.some(({ type }) => type === 'resumePlayback') ||
    effects.every(({ type }) => type !== 'clearPlayback') ||
    count(effects, 'response.cancel') +
      count(effects, 'conversation.item.truncate') +
      count(effects, 'conversation.item.delete') ===
      0,
  'what wants consent runs only after the caller has had a turn to give it': ({ world }) => world.unasked.length === 0,
  'words to pass the time are said into silence, and only while a tool runs': ({ state, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'response.create' ||
        !effect.event.response.instructions?.includes('One moment.') ||
        (!state.turn.callerSpeaking && !state.sound.playing && state.calls.some(({ answered }) => !answered)),
    ),
  'what a tool found is told once playback has run out, or has been waited for long enough': ({
    before,
    state,
    effects,
  }) =>
    count(effects, 'response.create') === 0 ||
    !(state.turn.requested?.causes ?? ['text']).every((cause) => ['tool', 'result'].includes(cause)) ||
    !state.sound.playing ||
    before.turn.drain === 'running',
  'what is accepted changes by a confirmation alone, or with the connection': ({ before, state, event, effects }) =>
    sameData(before.config.accepted, state.config.accepted) ||
    effects.some(({ type }) => type === 'takeOver') ||
    (event.type === 'server' && event.event.type === 'session.updated') ||
    Object.keys(state.config.accepted).length === 0,
  'an update in an open session holds something that is not accepted yet, unless that is in doubt': ({
    before,
    effects,
  }) => {
    const { phase, config } = before
    if (phase !== 'live' || config.doubts.length > 0 || config.sent !== null) return true
    return effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.next ||
        effect.event.type !== 'session.update' ||
        leaves(effect.event.session).some(({ path, value }) => !sameData(valueAt(config.accepted, path), value)),
    )
  },
  'nothing is said after the agent has ended the call': ({ before, state, effects }) =>
    before.life.over?.final !== true ||
    state.life.over === null ||
    effects.every((effect) => effect.type !== 'send' || effect.event.type !== 'response.create'),
  'a refused generation is never sent again': ({ before, state }) =>
    state.config.sent === null ||
    state.config.sent === before.config.sent ||
    !before.config.refused.includes(state.config.sent.generation.number),
  'the record stands in the order of turns, with no more heard than was said': ({ state: { record } }) =>
    record.every(
      (entry, index) =>
        entry.turn >= (record[index - 1]?.turn ?? 0) &&
        (entry.kind !== 'agent' || entry.heard === null || entry.text.startsWith(entry.heard)),
    ),
  'the caller’s words stand before the answer to them': ({ state, effects }) =>
    state.phase !== 'live' ||
    effects.every(
      (effect) =>
        effect.type !== 'report' ||
        (effect.report.type !== 'agent.transcript' && effect.report.type !== 'agent.transcript.delta') ||
        !isOpen(state, effect.report.turn),
    ),
  'no more is said to be heard than was received': ({ before, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'conversation.item.truncate' ||
        (Number.isInteger(effect.event.audio_end_ms) &&
          effect.event.audio_end_ms * 48 < receivedBytes(before, effect.event.item_id)),
    ),
  'what grows has a limit': ({ state: { turn, calls, asks, config, sound, record, unanswered } }) =>
    [
      turn.ended,
      turn.items,
      turn.abandoned,
      sound.items,
      sound.clearing,
      config.refused,
      config.offers,
      config.doubts,
      unanswered,
    ].every(({ length }) => length <= 64) &&
    calls.length <= 256 &&
    record.length <= 256 &&
    turn.words.length <= 8 &&
    asks.length <= 16 &&
    turn.heldTexts.length <= 32 &&
    turn.replyDue.length <= 5 &&
    calls.filter(({ result }) => result !== null && result !== 'told').length <= 16 &&
    sound.held.reduce((sum, { byteLength }) => sum + byteLength, 0) <= 960_000,
}

/** Calls whose results from the background the live session is told of by these effects, by their ids. */
export function resultsIn(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' && !effect.next && effect.event.type === 'conversation.item.create'
      ? resultOf(effect.event.item)
      : [],
  )
}

/** The call of which an item tells the result, by its id. */
function resultOf(item: ClientItem): readonly string[] {
  const words = item.type === 'message' ? item.content[0].text : ''
  return /^\[Not said by the caller\] The call (\S+) of /.exec(words)?.slice(1) ?? []
}

const isLine = new Ajv({ strict: false })
  .addSchema(JSON.parse(readFileSync(new URL('../../schemas/jsonl.schema.json', import.meta.url), 'utf8')), 'lines')
  .compile({ $ref: 'lines#/definitions/output' })

/** One event may confirm a generation and find that the next needs no update. */
function isBetween(value: number, one: number, other: number): boolean {
  return value >= Math.min(one, other) && value <= Math.max(one, other)
}

function isOpen({ record }: SessionState, turn: number): boolean {
  return record.some((entry) => entry.kind === 'caller' && entry.turn === turn && entry.state === 'open')
}

function receivedBytes({ sound }: SessionState, itemId: string): number {
  return sound.items.find((item) => item.itemId === itemId)?.bytes ?? 0
}

function formatOf(side: string) {
  return pathOf(`config.accepted.audio.${side}.format`)
}

function count(effects: readonly Effect[], type: string): number {
  return effects.filter((effect) => effect.type === 'send' && effect.event.type === type).length
}
