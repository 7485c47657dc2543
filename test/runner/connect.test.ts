import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createLog } from '../../src/io/log.ts'
import { createConnect } from '../../src/runner/connect.ts'
import type { Endpoint } from '../../src/runner/endpoint.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'

const OWNER = { agent: 'desk', conversation: 'main' }

function connectTo(endpoint: Endpoint) {
  const log = createLog({ level: 'silent', pretty: false, secrets: () => [] })
  return createConnect({ log, emulatorUrl: null, endpointFor: () => endpoint })
}

test.each<Endpoint>([
  { kind: 'refused', message: 'no key' },
  { kind: 'emulator', reason: 'no key' },
])('without a key and without an emulator, a connection closes with the reason: $kind', async (endpoint) => {
  const connect = connectTo(endpoint)
  const end = await new Promise<SessionEvent>((resolve) => {
    connect(agentWith().connection, OWNER, resolve)
  })
  expect(end).toEqual({ type: 'socket.closed', code: 1006, reason: 'no key' })
})

test('connecting to a service that never answers fails after connection.connect_timeout', async () => {
  const peers: Socket[] = []
  const server = createServer((peer) => peers.push(peer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const connect = connectTo({ kind: 'service', baseUrl, apiKey: 'a2V5' })
  const connection = { ...agentWith().connection, connect_timeout: '1s' }
  const end = await new Promise<SessionEvent>((resolve) => {
    connect(connection, OWNER, resolve)
  })
  expect(end).toEqual({
    type: 'socket.closed',
    code: 1006,
    reason: `no answer from ${new URL(baseUrl).host} within 1 s`,
  })
  for (const peer of peers) peer.destroy()
  await new Promise((resolve) => server.close(resolve))
})
