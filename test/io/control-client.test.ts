import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askRunning } from '../../src/io/control/control-client.ts'

test('a process that ends in the middle of its answer is told as one that did not answer', async () => {
  const socket = join(mkdtempSync(join(tmpdir(), 'runner-control-')), 'socket')
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{"agents":', () => response.destroy())
  }).listen(socket)
  await new Promise((listening) => server.once('listening', listening))
  const record = { pid: 7, start: 0, socket, agents: [], since: 0 }
  const answer = await askRunning(record, { method: 'GET', path: '/status' })
  expect(answer).toBe('process 7 ended before it had answered')
  server.close()
})
