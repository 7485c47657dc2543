import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'
import { CHANNEL_PATH } from '../../src/page/protocol.ts'

/** A line to a server on this machine that goes wrong on order. */
export interface FaultyProxy {
  readonly port: number
  /** Cuts the channels without either end being told; those that are opened later are whole, and files come all the while. */
  cut(): void
  /** Cuts it so that the server still hears the client. */
  cutAnswers(): void
  /** Keeps what clients say until it is let go; they hear the server all the while. */
  hold(): () => void
  close(): void
}

/** Each client at its port is joined to that of the server. */
export async function openFaultyProxy(to: number): Promise<FaultyProxy> {
  const ends: (readonly [near: Socket, far: Socket])[] = []
  const channels: (typeof ends)[number][] = []
  const server = createServer((near) => {
    const far = dial(to, '127.0.0.1')
    for (const end of [near, far]) end.on('error', () => {})
    near.pipe(far)
    far.pipe(near)
    ends.push([near, far])
    near.once('data', (head) => String(head).startsWith(`GET ${CHANNEL_PATH}`) && channels.push([near, far]))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    port,
    cut() {
      for (const end of channels.flat()) end.unpipe().pause()
    },
    cutAnswers() {
      for (const [, far] of channels) far.unpipe().resume()
    },
    hold() {
      const held = [...channels]
      for (const [near, far] of held) near.unpipe(far).pause()
      return () => {
        for (const [near, far] of held) near.pipe(far)
      }
    },
    close() {
      server.close()
      for (const end of ends.flat()) end.destroy()
    },
  }
}
