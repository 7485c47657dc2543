import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, type ConnectionState, connect } from '../../src/page/client.ts'
import { type PageServed, servePage } from '../helpers/page.ts'

let served: PageServed
const open: { close(): unknown }[] = []

beforeAll(async () => {
  served = await servePage()
})

afterAll(() => {
  for (const one of open) one.close()
  served.cli.child.kill('SIGTERM')
})

/** A line to the runner that can be cut without either end being told; lines that are drawn later are whole. */
async function openLine(): Promise<{ channel: string; cut(): void }> {
  const ends: Socket[] = []
  const server = createServer((near) => {
    const far = dial(Number(new URL(served.url).port), '127.0.0.1')
    for (const end of [near, far]) end.on('error', () => {})
    near.pipe(far)
    far.pipe(near)
    ends.push(near, far)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(server, {
    close() {
      for (const end of ends) end.destroy()
    },
  })
  const { port } = server.address() as { port: number }
  return {
    channel: `ws://127.0.0.1:${port}/channel`,
    cut() {
      for (const end of ends) end.unpipe().pause()
    },
  }
}

test('a line that is cut without a word is found out, and the conversation goes on over another', async () => {
  const line = await openLine()
  const phases: ConnectionState['phase'][] = []
  const conversations: string[] = []
  const begun = Promise.withResolvers<void>()
  const back = Promise.withResolvers<void>()
  const client: Client = connect({
    url: line.channel,
    onState({ phase }) {
      phases.push(phase)
      if (phase === 'ready') client.open()
    },
    onMessage(message) {
      if (message.type === 'opened') {
        conversations.push(message.conversation)
        if (message.resumed) back.resolve()
      }
      if (message.type === 'alive') begun.resolve()
    },
  })
  open.push({ close: () => client.leave() })
  await begun.promise
  line.cut()
  await back.promise
  expect(phases).toEqual(['connecting', 'ready', 'talking', 'waiting', 'connecting', 'talking'])
  expect(new Set(conversations).size).toBe(1)
})
