import type { OutgoingEvent } from '../../src/emulator/outbox.ts'
import { createUnconfirmedSound } from '../../src/io/service/unconfirmed-sound.ts'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import { decode } from '../../src/realtime/decode.ts'
import { encode } from '../../src/realtime/encode.ts'
import type { ConnectionEvent } from '../../src/session/event.ts'
import type { Random } from '../lives/random.ts'
import type { Faults } from './faults.ts'
import { openService } from './service.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What happens to one connection, beside what reaches its ends. */
export interface ConnectionWatcher {
  /** An event will never reach the client. */
  lost(event: OutgoingEvent): void
  note(words: string): void
  /** The session has come to its end by itself. */
  expired(): void
}

/** How often the service answers a ping, and the silence after which a connection is taken for dead, in ms, as the socket has them. */
const PING_MS = 2_000
const SILENCE_MS = 15_000

/** One connection with all that can go wrong between two ends that speak the protocol. */
export function openConnection(
  given: {
    time: VirtualTime
    random: Random
    faults: () => Faults
    nextId: (prefix: string) => string
    watch: ConnectionWatcher
  },
  onEvent: (event: ConnectionEvent) => void,
): { send(event: ClientEvent): void; close(): void } {
  const { time, random, faults, watch } = given
  let service: ReturnType<typeof openService> | null = null
  let isOver = false
  let lastAt = time.now
  const unheard = createUnconfirmedSound()
  const later = (what: () => void, ms = latency()) => time.after(ms, what)

  if (random.chance(faults().unanswered)) later(() => over(1006, 'no answer within 10 s'), 10_000)
  else if (random.chance(faults().refused)) later(refuse)
  else later(open)
  return {
    send(event) {
      unheard.recordSent(event)
      const frame = encode(event).toString()
      later(() => service?.receive(frame), 1)
    },
    close: () => void later(() => over(1000, '')),
  }

  function latency(): number {
    return random.between(1, faults().latencyMs)
  }

  function refuse(): void {
    const status = random.pick([429, 429, 500, 503])
    watch.note(`refused with HTTP ${status}`)
    onEvent({ type: 'socket.refused', status, message: 'not now' })
    over(1006, `refused with HTTP ${status}`)
  }

  function open(): void {
    if (isOver) return
    onEvent({ type: 'socket.opened' })
    if (random.chance(faults().closedAtOnce)) return over(1008, 'policy')
    service = openService({ ...given, send, onExpired: () => watch.expired() })
    later(answerPing, PING_MS)
  }

  function answerPing(): void {
    if (service === null) return
    unheard.confirmAll()
    later(answerPing, PING_MS)
  }

  /** In order, but for what the protocol lets go its own way. */
  function send(event: OutgoingEvent, beside: boolean): void {
    const { dropped, doubled, garbage, cut } = faults()
    if (random.chance(dropped)) return watch.lost(event)
    const at = beside ? time.now + random.between(0, 3_000) : Math.max(lastAt, time.now + latency())
    if (!beside) lastAt = at
    const frame = JSON.stringify({ event_id: given.nextId('evt'), ...event })
    const deliver = (): void => {
      if (!isOver) tell({ type: 'server', event: decode(frame) })
    }
    later(deliver, at - time.now)
    if (random.chance(doubled)) later(deliver, at - time.now)
    if (random.chance(garbage)) later(() => !isOver && tell(corrupt(frame)), at - time.now)
    if (random.chance(cut)) later(() => die(), at - time.now)
  }

  function tell(event: ConnectionEvent): void {
    unheard.confirmAll()
    onEvent(event)
  }

  /** Half of all deaths are noticed at once, the others only by the silence. */
  function die(): void {
    service?.close()
    service = null
    if (random.chance(0.5)) over(1006, 'cut')
    else later(() => over(1006, `nothing was heard for ${SILENCE_MS / 1_000} s`), SILENCE_MS)
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

  function over(code: number, reason: string): void {
    if (isOver) return
    isOver = true
    service?.close()
    service = null
    watch.note(`closed with ${code} ${reason}`)
    onEvent({ type: 'socket.closed', code, reason, unheard: unheard.bytes })
  }
}
