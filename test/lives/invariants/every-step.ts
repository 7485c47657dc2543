import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as valid from '../../../src/generated/realtime-client-events.js'
import { encode } from '../../../src/realtime/encode.ts'
import { deepEqual } from '../../../src/session/settings/leaves.ts'
import { settle } from '../../../src/session/settle.ts'
import type { Invariants } from './invariant.ts'

/** On every step, whatever it is about: it leaves nothing due, speaks the protocol, and lets nothing grow without limit. */
export const STEP_INVARIANTS: Invariants = {
  'a settled state settles to nothing': ({ state }) => {
    const [again, effects] = settle(state)
    return effects.length === 0 && deepEqual(again as never, state as never)
  },
  'a closing conversation sends, plays, runs and connects nothing; a closed one has no effects': ({
    before: { phase },
    effects,
  }) =>
    (phase !== 'closing' && phase !== 'closed') ||
    effects.every(
      ({ type }) =>
        phase === 'closing' && !['send', 'play', 'playBackchannel', 'runTool', 'connect', 'takeOver'].includes(type),
    ),
  'every event sent is allowed by the protocol': ({ effects }) =>
    effects.every((effect) => effect.type !== 'send' || valid.ClientEvent(JSON.parse(encode(effect.event).toString()))),
  'every message sent is the caller’s or the agent’s, never the system’s': ({ effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.event.type !== 'conversation.item.create' ||
        effect.event.item.type !== 'message' ||
        ['user', 'assistant'].includes(effect.event.item.role),
    ),
  'every report is a valid line of the JSONL': ({ effects }) =>
    effects.every((effect) => effect.type !== 'report' || isLine(JSON.parse(JSON.stringify(effect.report)))),
  'everything that grows has a limit': ({
    state: { turn, calls, consentRequests, config, sound, record, unanswered },
  }) =>
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
    calls.filter(({ backgroundResult }) => backgroundResult !== null && backgroundResult !== 'sent').length <= 16 &&
    [sound.held, sound.turnSound].every(
      (pieces: readonly { readonly audio: Uint8Array }[]) =>
        pieces.reduce((sum, { audio }) => sum + audio.byteLength, 0) <= 960_000,
    ) &&
    sound.committed.length <= 2 &&
    sound.waiting.reduce((sum, { audio }) => sum + audio.byteLength, 0) <= 2_880_000,
}

const isLine = new Ajv({ strict: false })
  .addSchema(JSON.parse(readFileSync(new URL('../../../schemas/jsonl.schema.json', import.meta.url), 'utf8')), 'lines')
  .compile({ $ref: 'lines#/definitions/output' })
