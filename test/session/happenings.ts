import type { TimerName } from '../../src/session/event.ts'
import fc from '../helpers/properties.ts'

/** One thing that may happen next. `pick` chooses among what there is (which call ends, which response goes on). */
export interface Choice {
  readonly what: (typeof HAPPENINGS)[number]
  readonly pick: number
}

/** What stands here more than once happens so much more often. */
const HAPPENINGS = [
  'open',
  'session.created',
  'answer',
  'answer',
  'swallow',
  'lose update',
  'unasked',
  'refuse vaguely',
  'refuse by param',
  'foreign error',
  'server error',
  'begin response',
  'begin response',
  'begin unasked response',
  'words',
  'audio',
  'announce call',
  'end response',
  'end response',
  'say nothing',
  'begin late response',
  'cancel response',
  'fail response',
  'late words',
  'busy',
  'nothing to cancel',
  'speech started',
  'speech stopped',
  'piece of transcript',
  'transcript',
  'committed',
  'item',
  'ack item',
  'ack item',
  'ack item',
  'refuse item',
  'tool ends',
  'tool ends',
  'text',
  'sound',
  'heard',
  'drained',
  'edit',
  'edit',
  'bad edit',
  'withdrawn',
  'tools listed',
  'server fails',
  'servers late',
  'another voice',
  'drop',
  'refuse connection',
  'roll over',
  'next opens',
  'next opens',
  'next answers',
  'next answers',
  'next acks',
  'next acks',
  'next fails',
  'remembered',
  'timer',
  'timer',
  'junk',
  'pause',
  'hold',
  'interrupt',
  'resume',
  'press',
  'committed by hand',
  'sound lost',
  'expire',
  'drain',
  'stop',
] as const

const happening: fc.Arbitrary<Choice> = fc.record({ what: fc.constantFrom(...HAPPENINGS), pick: fc.nat(47) })
/** A whole answer that calls a tool: chance alone hardly ever comes so far. */
const callingAnswer = fc.nat(47).map((pick) =>
  (['speech stopped', 'drained', 'text', 'begin response', 'announce call', 'end response'] as const).map((what) => ({
    what,
    pick,
  })),
)

export const life: fc.Arbitrary<readonly Choice[]> = fc
  .array(fc.oneof({ arbitrary: happening.map((one) => [one]), weight: 6 }, { arbitrary: callingAnswer, weight: 2 }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((parts) => parts.flat())

export const TIMERS: readonly TimerName[] = [
  'connect',
  'confirm',
  'retry',
  'healthy',
  'ack',
  'quiet',
  'progress',
  'cancel',
  'filler',
  'transcript',
  'frame',
  'replay',
  'idle',
  'silence',
  'wrap up',
  'limit',
  'last words',
  'roll over',
  'next',
  'greeting',
  'speech',
  'resume',
]

/** How often all that may be under way is brought to its end: each time something may follow from it. */
const CALM_ROUNDS = 8

/** From here on nothing goes wrong: what is under way comes to its end, and what nobody answers is waited for no longer. */
export const calm: readonly Choice[] = Array.from({ length: CALM_ROUNDS }, () => [
  waitIsOver('retry'),
  ...(['open', 'session.created', 'servers late', 'answer', 'ack item'] as const).map(simply),
  ...(['replay', 'greeting', 'quiet', 'ack'] as const).map(waitIsOver),
  ...(['resume', 'tool ends', 'speech stopped', 'drained', 'begin response', 'words'] as const).map(simply),
  ...(['end response', 'drained'] as const).map(simply),
  waitIsOver('progress'),
]).flat()

function simply(what: Choice['what']): Choice {
  return { what, pick: 0 }
}

function waitIsOver(timer: TimerName): Choice {
  return { what: 'timer', pick: TIMERS.indexOf(timer) }
}
