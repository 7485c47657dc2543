import type { OutgoingEvent } from '../../src/emulator/outgoing-event.ts'
import { createUnconfirmedSound } from '../../src/io/service/unconfirmed-sound.ts'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import { decode } from '../../src/realtime/decode.ts'
import { encode } from '../../src/realtime/encode.ts'
import type { ConnectionEvent } from '../../src/session/event.ts'
import type { Random } from '../lives/random.ts'
import type { Faults } from './faults.ts'
import { openService } from './service.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Observes what reaches neither end of a connection. */
export interface ConnectionWatcher {
  /** An event will never reach the client. */
  lost(event: OutgoingEvent): void
  note(line: string): void
  /** The session has expired. */
  expired(): void
}

/** How often the service answers a ping, and the silence after which a connection is taken for dead, in ms, as the socket has them. */
const PING_MS = 2_000
const SILENCE_MS = 15_000

/** One connection, with all that can go wrong between two ends that speak the protocol. */
export function openConnection(
  context: {
    time: VirtualTime
    random: Random
    faults: () => Faults
    nextId: (prefix: string) => string
    watch: ConnectionWatcher
  },
  onEvent: (event: ConnectionEvent) => void,
): { send(event: ClientEvent): void; close(): void } {
  const { time, random, faults, watch } = context
  let service: ReturnType<typeof openService> | null = null
  let isOver = false
  let lastAt = time.now
  const unconfirmed = createUnconfirmedSound()
  const later = (callback: () => void, ms = latency()) => time.after(ms, callback)

  if (random.chance(faults().unanswered)) later(() => end(1006, 'no answer within 10 s'), 10_000)
  else if (random.chance(faults().refused)) later(refuse)
  else later(open)
  return {
    send(event) {
      unconfirmed.recordSent(event)
      const frame = encode(event).toString()
      later(() => service?.receive(frame), 1)
    },
    close: () => void later(() => end(1000, '')),
  }

  function latency(): number {
    return random.between(1, faults().latencyMs)
  }

  function refuse(): void {
    const status = random.pick([429, 429, 500, 503])
    watch.note(`refused with HTTP ${status}`)
    onEvent({ type: 'socket.refused', status, message: 'not now' })
    end(1006, `refused with HTTP ${status}`)
  }

  function open(): void {
    if (isOver) return
    onEvent({ type: 'socket.opened' })
    if (random.chance(faults().closedAtOnce)) return end(1008, 'policy')
    service = openService({ ...context, send, onExpired: () => watch.expired() })
    later(answerPing, PING_MS)
  }

  function answerPing(): void {
    if (service === null) return
    unconfirmed.confirmAll()
    later(answerPing, PING_MS)
  }

  /** Delivers in order, except what the protocol does not order. */
  function send(event: OutgoingEvent, isUnordered: boolean): void {
    const { dropped, doubled, garbage, cut } = faults()
    if (random.chance(dropped)) return watch.lost(event)
    const dueAt = isUnordered ? time.now + random.between(0, 3_000) : Math.max(lastAt, time.now + latency())
    if (!isUnordered) lastAt = dueAt
    const frame = JSON.stringify({ event_id: context.nextId('evt'), ...event })
    const deliver = (): void => {
      if (!isOver) dispatch({ type: 'server', event: decode(frame) })
    }
    later(deliver, dueAt - time.now)
    if (random.chance(doubled)) later(deliver, dueAt - time.now)
    if (random.chance(garbage)) later(() => !isOver && dispatch(corrupt(frame)), dueAt - time.now)
    if (random.chance(cut)) later(() => breakOff(), dueAt - time.now)
  }

  function dispatch(event: ConnectionEvent): void {
    unconfirmed.confirmAll()
    onEvent(event)
  }

  /** Half of all broken connections are noticed at once, the others only by their silence. */
  function breakOff(): void {
    service?.close()
    service = null
    if (random.chance(0.5)) end(1006, 'cut')
    else later(() => end(1006, `nothing was heard for ${SILENCE_MS / 1_000} s`), SILENCE_MS)
  }

  function corrupt(frame: string): ConnectionEvent {
    const bad = random.pick([
      frame.slice(0, frame.length / 2),
      '[]',
      '{"type":7}',
      '{"type":"response.done"}',
      '\u0000',
    ])
    return { type: 'server', event: decode(bad) }
  }

  function end(code: number, reason: string): void {
    if (isOver) return
    isOver = true
    service?.close()
    service = null
    watch.note(`closed with ${code} ${reason}`)
    onEvent({ type: 'socket.closed', code, reason, unheard: unconfirmed.bytes })
  }
}
