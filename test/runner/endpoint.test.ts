import { expect, test } from 'vitest'
import { chooseEndpoints } from '../../src/runner/endpoint.ts'
import { agentWith } from '../helpers/agents.ts'

/** Agents by their names, each with the variable that its key stands in. */
function agents(keys: { readonly [name: string]: string }) {
  const { connection } = agentWith()
  return Object.entries(keys).map(([name, api_key_env]) => ({
    agent: agentWith({ name, connection: { ...connection, api_key_env } }),
  }))
}

test('without any key the emulator answers, and the reason is given once', () => {
  const endpoints = chooseEndpoints(agents({ one: 'KEY', two: 'KEY' }), {}, {})
  expect(endpoints).toMatchObject({ offlineMessage: 'KEY is not set, so the built-in emulator answers' })
})

test('--offline overrides any INWORLD_BASE_URL, even an invalid one, and the message says so', () => {
  const endpoints = chooseEndpoints(agents({ one: 'KEY' }), { offline: true }, { INWORLD_BASE_URL: 'voice.example' })
  const offlineMessage = '--offline was given, and goes before INWORLD_BASE_URL, so the built-in emulator answers'
  expect(endpoints).toMatchObject({ offlineMessage, addressOverride: null })
})

test.each(['YTp\niYg==', 'YTp iYg==', 'YTpiYg…', '“YTpiYg==”', '"YTpiYg=="', "'YTpiYg=='"])(
  'a key variable that holds %j is rejected as malformed',
  (KEY) => {
    const message =
      'KEY holds a space, a quotation mark, a line break or a sign that no key has: copy the key into it once more'
    expect(chooseEndpoints(agents({ one: 'KEY' }), {}, { KEY })).toEqual({ code: 4, message })
    expect(chooseEndpoints(agents({ one: 'KEY' }), { offline: true }, { KEY })).toMatchObject({ addressOverride: null })
  },
)

test('if only some agents have a key, the message names those that the emulator answers for', () => {
  const endpoints = chooseEndpoints(
    agents({ one: 'KEY_ONE', two: 'KEY_TWO', three: 'KEY_THREE' }),
    {},
    { KEY_ONE: 'a2V5' },
  )
  expect(endpoints).toMatchObject({
    offlineMessage: 'KEY_TWO is not set, KEY_THREE is not set, so the built-in emulator answers for two, three',
  })
})

test('with a key for each agent the service answers', () => {
  const endpoints = chooseEndpoints(
    agents({ one: 'KEY_ONE', two: 'KEY_TWO' }),
    {},
    { KEY_ONE: 'b25l', KEY_TWO: 'dHdv' },
  )
  expect(endpoints).toMatchObject({ offlineMessage: null, addressOverride: null })
})

test('--online or a custom address without a key ends the start', () => {
  expect(chooseEndpoints(agents({ one: 'KEY' }), { online: true }, {})).toMatchObject({ code: 4 })
  const address = { INWORLD_BASE_URL: 'wss://voice.example' }
  expect(chooseEndpoints(agents({ one: 'KEY' }), {}, address)).toMatchObject({ code: 4 })
})

test.each([
  ['ws://voice.example/session', 'ws://voice.example/session would show the API key to the network: use wss://'],
  ['https://voice.example', 'https://voice.example is no address of a service: wss://host/path is wanted'],
  ['wss://voice.example/a#b', 'wss://voice.example/a#b is no address of a service: wss://host/path is wanted'],
  ['voice.example', 'voice.example is no address of a service: wss://host/path is wanted'],
])('the address %s is rejected, by flag or by variable', (address, message) => {
  const env = { KEY: 'a2V5' }
  const byFlag = chooseEndpoints(agents({ one: 'KEY' }), { baseUrl: address }, env)
  expect(byFlag).toEqual({ code: 2, message: `--base-url: ${message}` })
  const byVariable = chooseEndpoints(agents({ one: 'KEY' }), {}, { ...env, INWORLD_BASE_URL: address })
  expect(byVariable).toEqual({ code: 2, message: `INWORLD_BASE_URL: ${message}` })
})

test.each(['', '  '])('INWORLD_BASE_URL=%j counts as unset, but the same --base-url is wrong usage', (address) => {
  const env = { KEY: 'a2V5', INWORLD_BASE_URL: address }
  expect(chooseEndpoints(agents({ one: 'KEY' }), {}, env)).toMatchObject({
    offlineMessage: null,
    addressOverride: null,
  })
  const message = '--base-url: nothing is no address of a service: wss://host/path is wanted'
  expect(chooseEndpoints(agents({ one: 'KEY' }), { baseUrl: address }, env)).toEqual({ code: 2, message })
})

test.each(['wss://voice.example/session', 'ws://localhost:7080', 'ws://127.0.0.1:7080', 'ws://[::1]:7080'])(
  'the address %s is accepted',
  (baseUrl) => {
    const endpoints = chooseEndpoints(agents({ one: 'KEY' }), { baseUrl }, { KEY: 'a2V5' })
    expect(endpoints).toMatchObject({
      offlineMessage: null,
      addressOverride: `${new URL(baseUrl).origin} (--base-url)`,
    })
  },
)

test('an agent that started with the service never switches to the emulator, even if another agent uses it', () => {
  const endpoints = chooseEndpoints(agents({ one: 'KEY_ONE', two: 'KEY_TWO' }), {}, { KEY_ONE: 'a2V5' })
  if ('code' in endpoints) throw new Error(endpoints.message)
  const { connection } = agentWith()
  const unset = { ...connection, api_key_env: 'KEY_THREE' }
  const message = 'KEY_THREE is not set: name a variable that is, or start the runner anew with it'
  expect(endpoints.endpointFor('one', unset)).toEqual({ kind: 'refused', message })
  expect(endpoints.endpointFor('two', unset)).toMatchObject({ kind: 'emulator' })
  expect(endpoints.endpointFor('two', { ...connection, api_key_env: 'KEY_ONE' })).toMatchObject({
    kind: 'service',
    apiKey: 'a2V5',
  })
})
