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

/** Opens a socket that is closed after the test, with its events in order. */
export function openSocket(options: Partial<ServiceSocketOptions> & { readonly url: string }) {
  const events: SocketEvent[] = []
  const ignored: string[] = []
  let nextIndex = 0
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
      const event = events[nextIndex]
      if (event !== undefined) {
        nextIndex += 1
        return event
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { socket, events, ignored, next }
}

/** Listens until the test is over; returns the WebSocket address. */
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
    return closeServer(server)
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
