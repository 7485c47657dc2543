import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as valid from '../../../src/generated/realtime-client-events.js'
import { encode } from '../../../src/realtime/encode.ts'
import { deepEqual } from '../../../src/session/settings/leaves.ts'
import { settle } from '../../../src/session/settle.ts'
import { moment } from '../../session/story.ts'
import type { Invariants } from './invariant.ts'

/** Of every step, whatever it is about: it leaves nothing undue, speaks the protocol, and lets nothing grow without end. */
export const OF_EVERY_STEP: Invariants = {
  'a settled state settles to nothing': ({ state }) => {
    const [again, effects] = settle(state, moment)
    return effects.length === 0 && deepEqual(again as never, state as never)
  },
  'once it leaves nothing is said, played, run or begun, and once it is over nothing is ordered at all': ({
    before: { phase },
    effects,
  }) =>
    (phase !== 'closing' && phase !== 'closed') ||
    effects.every(
      ({ type }) =>
        phase === 'closing' && !['send', 'play', 'playBackchannel', 'runTool', 'connect', 'takeOver'].includes(type),
    ),
  'whatever is sent is what the protocol allows': ({ effects }) =>
    effects.every((effect) => effect.type !== 'send' || valid.ClientEvent(JSON.parse(encode(effect.event).toString()))),
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
  'what grows has a limit': ({ state: { turn, calls, consentRequests, config, sound, record, unanswered } }) =>
    [
      turn.endedIds,
      turn.reportedItemIds,
      turn.abandoned,
      sound.items,
      sound.clearing,
      config.refused,
      config.offers,
      config.possiblyAccepted,
      unanswered,
    ].every(({ length }) => length <= 64) &&
    calls.length <= 256 &&
    record.length <= 256 &&
    turn.words.length <= 8 &&
    consentRequests.length <= 16 &&
    turn.heldTexts.length <= 32 &&
    new Set(turn.replyDue).size === turn.replyDue.length &&
    calls.filter(({ backgroundResult }) => backgroundResult !== null && backgroundResult !== 'told').length <= 16 &&
    [sound.held, sound.turnSound].every(
      (pieces) => pieces.reduce((sum, { byteLength }) => sum + byteLength, 0) <= 960_000,
    ) &&
    sound.committed.length <= 2 &&
    sound.waiting.reduce((sum, { audio }) => sum + audio.byteLength, 0) <= 2_880_000,
}

const isLine = new Ajv({ strict: false })
  .addSchema(JSON.parse(readFileSync(new URL('../../../schemas/jsonl.schema.json', import.meta.url), 'utf8')), 'lines')
  .compile({ $ref: 'lines#/definitions/output' })
