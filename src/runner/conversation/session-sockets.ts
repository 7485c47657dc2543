import type { Connection } from '../../agent/agent.ts'
import type { ClientEvent } from '../../realtime/client-event.ts'
import type { ConnectionEvent, SessionEvent } from '../../session/event.ts'

/** A connection to the service. After `close`, exactly one `socket.closed` follows. */
export interface ServiceSocket {
  send(event: ClientEvent): void
  close(): void
}

/** The connection of the live session and, while the next session is prepared, that one's connection. */
interface SessionSockets {
  connect(connection: Connection, isNext: boolean): void
  send(event: ClientEvent, isNext: boolean): void
  close(isNext: boolean): void
  /** Makes the next session the live one, and closes the other connection. */
  takeOver(): void
}

interface SessionSocketsPorts {
  readonly connect: (connection: Connection, onEvent: (event: ConnectionEvent) => void) => ServiceSocket
  /** Queues an event. Which connection it belongs to is decided on its turn: null if that connection has been replaced by then. */
  readonly queue: (next: () => SessionEvent | null) => void
}

/** Starts with no connection. */
export function createSessionSockets({ connect, queue }: SessionSocketsPorts): SessionSockets {
  let live: ServiceSocket | null = null
  let next: ServiceSocket | null = null

  function receive(from: ServiceSocket, event: ConnectionEvent): void {
    const isOver = event.type === 'socket.closed' || event.type === 'socket.refused'
    queue(() => {
      const isNext = from === next
      if (!isNext && from !== live) return null
      if (isOver && isNext) next = null
      else if (isOver) live = null
      return isNext ? { type: 'next', event } : event
    })
  }

  return {
    connect(connection, isNext) {
      const opened = connect(connection, (event) => receive(opened, event))
      if (isNext) next = opened
      else live = opened
    },
    send: (event, isNext) => (isNext ? next : live)?.send(event),
    close(isNext) {
      if (isNext) {
        next?.close()
        next = null
      } else if (live === null) queue(() => ({ type: 'socket.closed', code: 1005, reason: '' }))
      else live.close()
    },
    takeOver() {
      live?.close()
      live = next
      next = null
    },
  }
}
