import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { errorMessageIn } from '../../src/io/http/error-message.ts'
import { createHttpClient } from '../../src/io/http/http-client.ts'
import { connectionFailure } from '../../src/io/http/no-answer.ts'

const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close())
  return (server.address() as AddressInfo).port
}

function requestFrom(url: string): Promise<unknown> {
  const client = createHttpClient()
  ends.push(client.close)
  const request = { method: 'GET', url, headers: {}, body: null } as const
  return client.request(request, { allowPrivate: ['127.0.0.1'], signal: new AbortController().signal })
}

describe('the message of an error', () => {
  test.each([
    [
      'a body with a message beside the name of its status',
      { statusCode: 404, error: 'Not Found', message: 'no order A-1' },
    ],
    ['an error object', { error: { code: 7, message: 'no order A-1' }, message: 'Request failed' }],
    ['a code and its description', { error: 'invalid_request', error_description: 'no order A-1' }],
    ['a problem without detail', { type: 'https://shop.example/none', title: 'no order A-1', status: 404 }],
    ['a problem with detail', { title: 'Not Found', detail: 'no order A-1' }],
    ['a list of errors', { errors: [{ status: '404', title: 'Not Found', detail: 'no order A-1' }] }],
    ['an error string beside a blank message', { error: 'no order A-1', message: ' ' }],
  ])('is found in %s', (_, body) => {
    expect(errorMessageIn(JSON.stringify(body))).toBe('no order A-1')
  })

  test.each([
    [{ detail: [{ type: 'int', loc: ['body', 'quantity'], msg: 'not a number' }] }, 'body.quantity: not a number'],
    [
      { title: 'Faults', errors: { quantity: ['not a number'], day: ['is over'] } },
      'quantity: not a number; day: is over',
    ],
    [{ message: ['quantity is no number', 'day is over'], error: 'Bad Request' }, 'quantity is no number; day is over'],
    [{ detail: [{ loc: [{ toString: 1 }, 'quantity'], msg: 'not a number' }] }, 'quantity: not a number'],
  ])('names the field of each of several faults: %j', (body, words) => {
    expect(errorMessageIn(JSON.stringify(body))).toBe(words)
  })

  test.each(['{"code":7,"path":"/orders"}', '{}', '[]', 'null', '<html>', '{"error":{"code":7}}'])(
    'is not found in %s',
    (body) => {
      expect(errorMessageIn(body)).toBeNull()
    },
  )

  test('is not searched for beyond a depth limit', () => {
    const depth = 5_000
    expect(errorMessageIn(`${'{"error":'.repeat(depth)}"deep"${'}'.repeat(depth)}`)).toBeNull()
  })
})

describe('the operator is told why there is no answer from', () => {
  test('a server with a self-signed certificate, and how to trust it', async () => {
    const pem = readFileSync(join(import.meta.dirname, '../fixtures/tls/self-signed.pem'))
    const port = await portOf(createSecureServer({ key: pem, cert: pem }))
    await expect(requestFrom(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(
        /^the certificate of 127\.0\.0\.1:\d+: self-signed certificate; .*NODE_EXTRA_CA_CERTS/,
      ),
    })
  })

  test('a server without TLS at an https address', async () => {
    const port = await portOf(createServer())
    await expect(requestFrom(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
      reason: 'refused',
      // The reason depends on the version of OpenSSL.
      message: expect.stringMatching(
        /^TLS with 127\.0\.0\.1:\d+ failed \([a-z ]+\); if it has none, http:\/\/ is meant$/,
      ),
    })
  })

  test('a host with two addresses that both refuse', async () => {
    const server = createServer()
    const port = await portOf(server)
    server.close()
    await once(server, 'close')
    const addresses = ['127.0.0.1', '::1'].map((address, index) => ({ address, family: index === 0 ? 4 : 6 }))
    const socket = connect({ port, host: 'both.example', lookup: (_name, _options, done) => done(null, addresses) })
    const [error] = await once(socket, 'error').catch((thrown) => [thrown])
    const { reason, message } = connectionFailure(error, new URL(`http://both.example:${port}/`))
    expect(reason).toBe('unreachable')
    expect(message).toContain(`connect ECONNREFUSED 127.0.0.1:${port}, Error: connect E`)
  })
})
