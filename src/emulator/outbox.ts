import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { applyDrift } from './faults/drift.ts'
import type { FaultState } from './faults.ts'
import type { OutgoingEvent } from './outgoing-event.ts'

/** Sends the events of one connection, gives each its `event_id`, and waits for a slow reader. */
export interface Outbox {
  send(event: OutgoingEvent): void
  /** Lets incoming frames be handled, and waits while too much is unsent; false once the connection is gone. */
  waitUntilWritable(): Promise<boolean>
}

/** The part of the socket the outbox needs. */
export interface Wire {
  readonly isOpen: boolean
  readonly unsentBytes: number
  send(frame: string): void
  cut(code: number): void
}

/** For one connection; faults that concern sending are applied here. */
export function createOutbox(wire: Wire, faults: FaultState, nextId: (prefix: string) => string): Outbox {
  let countedEvents = 0
  return {
    send(event) {
      for (const variant of applyDrift(event, faults.current)) transmit(variant)
    },
    async waitUntilWritable() {
      await nextTurn()
      while (wire.isOpen && wire.unsentBytes > UNSENT_BYTES_MAX) await pause(POLL_MS)
      return wire.isOpen
    },
  }

  function transmit({ type, ...rest }: OutgoingEvent): void {
    if (!wire.isOpen) return
    wire.send(JSON.stringify({ type, event_id: nextId('evt'), ...rest }))
    const { closeAfter } = faults.current
    if (closeAfter === undefined || (closeAfter.type !== undefined && closeAfter.type !== type)) return
    countedEvents += 1
    if (countedEvents === closeAfter.events && faults.consume('closeAfter')) wire.cut(closeAfter.code)
  }
}

/** A response waits while its reader is this many bytes behind. */
const UNSENT_BYTES_MAX = 4 * 1_024 * 1_024
/** How often to check whether the reader has caught up, in ms. */
const POLL_MS = 20
