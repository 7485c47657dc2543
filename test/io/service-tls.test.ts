import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openServiceSocket, type SocketEvent } from '../../src/io/service/service-socket.ts'

test('a self-signed certificate of the service is reported, with how to trust it', async () => {
  const pem = readFileSync(join(import.meta.dirname, '../fixtures/tls/self-signed.pem'))
  expect(await endOf(createSecureServer({ key: pem, cert: pem }))).toMatch(
    /^the certificate of 127\.0\.0\.1:\d+: self-signed certificate; .*NODE_EXTRA_CA_CERTS/,
  )
})

test('a service without TLS at a wss address is reported as such', async () => {
  expect(await endOf(createServer())).toMatch(
    /^TLS with 127\.0\.0\.1:\d+ failed \([a-z ]+\); if it has none, ws:\/\/ is meant$/,
  )
})

/** Why a TLS connection to this server ends. */
async function endOf(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const { promise, resolve } = Promise.withResolvers<SocketEvent>()
  openServiceSocket({ url, headers: {}, onEvent: resolve })
  const event = await promise
  return event.type === 'socket.closed' ? event.reason : event.type
}
