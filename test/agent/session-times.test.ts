import { expect, test } from 'vitest'
import { load } from './loading.ts'

const file = (settings: string) => `version: 1\nname: desk\ninstructions: Be brief.\n${settings}\n`

const words = 'turn_detection: { type: semantic_vad, interrupt_response: false }\ninterruption: { min_words: 1,'

test.each([
  ['reload: { ack_timeout: 499ms }', 'RV506', 'reload.ack_timeout is 499ms; 500ms to 30s is wanted'],
  ['reload: { ack_timeout: 31s }', 'RV506', 'reload.ack_timeout is 31s; 500ms to 30s is wanted'],
  ['limits: { idle: 9999ms }', 'RV701', 'limits.idle is 9999ms; 10s to 1440m is wanted'],
  ['reload: { apply: soon }', 'RV105', 'reload.apply is "soon"; one of turn, now, next_session is wanted'],
  ['connection: { connect_timeout: 999ms }', 'RV506', 'connection.connect_timeout is 999ms; 1s to 1m is wanted'],
  ['connection: { connect_timeout: 61s }', 'RV506', 'connection.connect_timeout is 61s; 1s to 1m is wanted'],
  ['connection: { confirm_timeout: 499ms }', 'RV506', 'connection.confirm_timeout is 499ms; 500ms to 1m is wanted'],
  ['connection: { confirm_timeout: 61s }', 'RV506', 'connection.confirm_timeout is 61s; 500ms to 1m is wanted'],
  [`${words} min_speech: 2001ms }`, 'RV506', 'interruption.min_speech is 2001ms; 0ms to 2s is wanted'],
  [`${words} resume_after: 11s }`, 'RV506', 'interruption.resume_after is 11s; 0s to 10s is wanted'],
])('%s is a fault at its place', (settings, rule, message) => {
  const { diagnostics } = load(file(settings))
  expect(diagnostics).toMatchObject([{ rule, message, range: { start: { line: 3 + settings.split('\n').length } } }])
})

test.each([
  ...['reload: { ack_timeout: 500ms }', 'reload: { ack_timeout: 30s }', 'reload: { apply: now }'],
  'connection: { connect_timeout: 1s, confirm_timeout: 500ms }',
  'limits: { idle: 10s }',
  'limits: { idle: 1440m }',
  `${words} min_speech: 2s }`,
  `${words} resume_after: 0s }`,
  `${words} resume_after: 10s }`,
  'connection: { connect_timeout: 1m, confirm_timeout: 1m }',
])('%s is valid', (settings) => {
  expect(load(file(settings)).diagnostics).toEqual([])
})

const idle = (then: string) => file(`idle: { after: 15s, say: Still there?, then: ${then} }`)

test.each(['end', 'hang up', 'Hangup', 'end the call', 'end_call', 'transfer_to_human', 'nothing', 'close'])(
  'idle.then: %s is a warning, since the command would be said aloud',
  (then) => {
    const message = `idle.then is said aloud: the caller would hear "${then}"`
    expect(load(idle(then)).diagnostics).toMatchObject([{ rule: 'RV704', level: 'warning', message }])
  },
)

test.each(['Goodbye', 'bye', 'I will end the call.', 'Goodbye, I close now', 'Stop by again!'])(
  'idle.then: %s is valid, since it is a sentence',
  (then) => {
    expect(load(idle(`"${then}"`)).diagnostics).toEqual([])
  },
)
