import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sendControlRequest } from '../../src/io/control/control-client.ts'
import { isStopped } from '../../src/io/processes/processes.ts'

test.each([
  ['before it answers', (response: ServerResponse) => response.destroy()],
  [
    'in the middle of its answer',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{"agents":', () => response.destroy())
    },
  ],
])('a process that ends %s is reported as ended before it had answered', async (_, end) => {
  const socket = join(mkdtempSync(join(tmpdir(), 'runner-control-')), 'socket')
  const server = createServer((_request, response) => void end(response)).listen(socket)
  await new Promise((listening) => server.once('listening', listening))
  const record = { pid: 7, namespace: '', start: 0, socket, agents: [], files: [], since: 0 }
  const answer = await sendControlRequest(record, { method: 'GET', path: '/status' })
  expect(answer).toBe('process 7 ended before it had answered')
  server.close()
})

test.skipIf(process.platform !== 'linux')('a process suspended by SIGSTOP is reported at once', async () => {
  const { pid = 0 } = spawn('sleep', ['1000'])
  process.kill(pid, 'SIGSTOP')
  await expect.poll(() => isStopped(pid)).toBe(true)
  const socket = join(mkdtempSync(join(tmpdir(), 'runner-control-')), 'socket')
  const server = createServer(() => {}).listen(socket)
  await new Promise((listening) => server.once('listening', listening))
  const record = { pid, namespace: '', start: 0, socket, agents: [], files: [], since: 0 }
  const answer = await sendControlRequest(record, { method: 'GET', path: '/status' })
  process.kill(pid, 'SIGKILL')
  server.closeAllConnections()
  server.close()
  expect(answer).toBe(`process ${pid} was stopped, as by Ctrl-Z: fg or kill -CONT ${pid} lets it go on, and answer`)
})
