import type { TimerName } from '../../../src/session/event.ts'
import { compileSession } from '../../../src/session/settings/compile.ts'
import { agentWith } from '../../helpers/agents.ts'
import fc from '../../helpers/seeded-fast-check.ts'
import { EDITS, refusedSetting } from '../../lives/agents.ts'

/** One thing that may happen next. `pick` chooses among what there is: which call ends, which response goes on. */
export interface Choice {
  readonly what: (typeof KINDS)[number]
  readonly pick: number
}

/** A kind listed several times is drawn as much more often. */
const KINDS = [
  'open',
  'session.created',
  'answer',
  'answer',
  'swallow',
  'lose update',
  'unsolicited',
  'refuse vaguely',
  'refuse by param',
  'unrelated error',
  'server error',
  'begin response',
  'begin response',
  'begin unsolicited response',
  'words',
  'audio',
  'announce call',
  'end response',
  'end response',
  'end empty',
  'begin late response',
  'cancel response',
  'fail response',
  'late words',
  'incomplete response',
  'fail for rate limit',
  'other words',
  'other words',
  'other sound',
  'call arguments',
  'call item',
  'words of unknown response',
  'end of unknown response',
  'begun again',
  'ended again',
  'backchannel',
  'ack cut',
  'refuse cut',
  'transcription fails',
  'long silence',
  'busy',
  'rate limit',
  'nothing to cancel',
  'speech started',
  'speech stopped',
  'transcript delta',
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
  'edit again',
  'bad edit',
  'edit restored',
  'withdrawn',
  'tools listed',
  'server fails',
  'servers late',
  'choose voice',
  'drop',
  'refuse connection',
  'retry',
  'roll over',
  'next opens',
  'next opens',
  'next answers',
  'next answers',
  'next acks',
  'next acks',
  'next fails',
  'memory update',
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
  'pong',
  'expire',
  'drain',
  'stop',
] as const

/** Parts of one life at most; on average there are half as many. */
const PARTS_MAX = 60

const anyChoice: fc.Arbitrary<Choice> = fc.record({ what: fc.constantFrom(...KINDS), pick: fc.nat(47) })
/** Whole answers that call a tool: chance alone hardly ever makes one. */
const CALLING = ['speech stopped', 'drained', 'text', 'begin response', 'announce call', 'end response'] as const
const CALLING_AGAIN = [...CALLING, 'begin unsolicited response', 'announce call', 'end response'] as const
const callingAnswer = fc
  .tuple(fc.constantFrom(CALLING, CALLING, CALLING, CALLING_AGAIN), fc.nat(47))
  .map(([whats, pick]) => whats.map((what) => ({ what, pick })))

/** What chance alone hardly ever reaches: an answer in progress, one still heard, a call in pieces, a session that is replaced. */
const SCENES = [
  ['begin unsolicited response', 'words', 'audio'],
  ['begin unsolicited response', 'words', 'audio', 'other words', 'other sound', 'end response'],
  ['begin unsolicited response', 'audio', 'end response', 'speech started', 'heard'],
  ['begin unsolicited response', 'announce call', 'call item', 'call arguments'],
  ['unsolicited', 'roll over', 'next opens', 'next opens', 'next answers', 'next acks'],
  ['edit', 'answer'],
] as const
const scene = fc
  .tuple(fc.constantFrom(...SCENES), fc.nat(47))
  .map(([whats, pick]): readonly Choice[] =>
    whats.map((what) => ({ what, pick: what === 'announce call' ? pick - (pick % 6) : pick })),
  )

/** An edit that is refused, and offered once more. */
const refusedEdit = fc
  .constantFrom(...EDITS.flatMap((edit, index) => (isRefused(edit) ? [index] : [])))
  .map((pick) => [
    { what: 'edit', pick } as const,
    { what: 'answer', pick } as const,
    { what: 'edit again', pick: 0 } as const,
  ])

export const choices: fc.Arbitrary<readonly Choice[]> = fc
  .array(
    fc.oneof<fc.MaybeWeightedArbitrary<readonly Choice[]>[]>(
      { arbitrary: anyChoice.map((choice) => [choice]), weight: 24 },
      { arbitrary: callingAnswer, weight: 8 },
      { arbitrary: scene, weight: 8 },
      { arbitrary: refusedEdit, weight: 1 },
    ),
    { minLength: 1, maxLength: PARTS_MAX, size: 'max' },
  )
  .map((parts) => parts.flat())

function isRefused(edit: (typeof EDITS)[number]): boolean {
  return refusedSetting(compileSession(agentWith(edit))) !== undefined
}

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
  'drain',
  'rate limit',
]
