import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'
import { CHANNEL_PATH } from '../../src/page/protocol.ts'

/** A TCP proxy to a server on this machine that fails on demand. */
export interface FaultyProxy {
  readonly port: number
  /** Silently drops all traffic of the open channels; later channels and requests for files still work. */
  cut(): void
  /** Silently drops what the server sends; it still receives what the client sends. */
  cutAnswers(): void
  /** Holds back what clients send until the returned function is called; they still receive what the server sends. */
  hold(): () => void
  close(): void
}

/** Opens the proxy: each client of its port is connected to the port of the server. */
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
