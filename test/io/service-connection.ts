import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import {
  openServiceSocket,
  type ServiceSocketOptions,
  type SocketEvent,
  serviceHeaders,
} from '../../src/io/service/service-socket.ts'

export const apiKey = 'a2V5SWQ6c2VjcmV0LXNlY3JldA=='

/** A socket that is closed when the test is over, with what it told, in order. */
export function open(options: Partial<ServiceSocketOptions> & { readonly url: string }) {
  const events: SocketEvent[] = []
  const ignored: string[] = []
  let taken = 0
  let wake = () => {}
  const socket = openServiceSocket({
    headers: serviceHeaders('basic', apiKey),
    onEvent(event) {
      events.push(event)
      wake()
    },
    onIgnored: (kind) => ignored.push(kind),
    ...options,
  })
  onTestFinished(() => socket.close())
  async function next(): Promise<SocketEvent> {
    for (;;) {
      const event = events[taken]
      if (event !== undefined) {
        taken += 1
        return event
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { socket, events, ignored, next }
}

/** Serves until the test is over; gives the address as one of a WebSocket. */
export async function listen(server: Server): Promise<string> {
  const connections = new Set<Socket>()
  server.on('connection', (connection) => {
    connections.add(connection)
    connection.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const connection of connections) connection.destroy()
    return closed(server)
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
