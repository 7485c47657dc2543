import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { startEmulator } from '../../src/emulator/server.ts'
import { HEADERS, QUERY } from './talk.ts'

/** Minutes of speech: more than the system itself takes in between two sockets of one machine. */
const LONG = Array.from({ length: 1_000 }, (_, index) => `word ${index}`).join(', ')

test('a response waits for a client that does not read, and arrives whole once it does', async () => {
  let ended = 0
  const emulator = await startEmulator({
    voice: 'hum',
    onFrame: (direction, frame) => {
      if (direction === 'out' && frame.startsWith('{"type":"response.done"')) ended += 1
    },
  })
  onTestFinished(() => emulator.close())
  const [slow, quick] = [await open(emulator.url), await open(emulator.url)]
  slow.pause()
  ask(slow)
  ask(quick)
  await heard(quick)
  expect(ended).toBe(1)
  slow.resume()
  await heard(slow)
})

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url + QUERY, { headers: HEADERS })
  await once(socket, 'message')
  return socket
}

function ask(socket: WebSocket): void {
  socket.send(JSON.stringify({ type: 'response.create', response: { instructions: `Say exactly: "${LONG}"` } }))
}

function heard(socket: WebSocket): Promise<void> {
  return new Promise((done) => {
    socket.on('message', (data) => String(data).startsWith('{"type":"response.done"') && done())
  })
}
