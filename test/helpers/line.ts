import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'

/** A line to a server on this machine that goes wrong on order. */
export interface Line {
  readonly port: number
  /** Cuts it without either end being told; lines that are drawn later are whole. */
  cut(): void
  /** Cuts it so that the server still hears the client. */
  cutAnswers(): void
  close(): void
}

/** Each client at its port is joined to that of the server. */
export async function openLine(to: number): Promise<Line> {
  const ends: (readonly [near: Socket, far: Socket])[] = []
  const server = createServer((near) => {
    const far = dial(to, '127.0.0.1')
    for (const end of [near, far]) end.on('error', () => {})
    near.pipe(far)
    far.pipe(near)
    ends.push([near, far])
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    port,
    cut() {
      for (const end of ends.flat()) end.unpipe().pause()
    },
    cutAnswers() {
      for (const [, far] of ends) far.unpipe().resume()
    },
    close() {
      server.close()
      for (const end of ends.flat()) end.destroy()
    },
  }
}
