import type { ClientEvent, ResponseConfig } from '../../src/emulator/client-event.ts'
import { createHistory } from '../../src/emulator/history.ts'
import type { Item } from '../../src/emulator/item.ts'
import { createItem, deleteItem, type ItemFault, isFault, truncateItem } from '../../src/emulator/items.ts'
import type { OutgoingEvent } from '../../src/emulator/outgoing-event.ts'
import { defaultSession, type Session, updateSession } from '../../src/emulator/session.ts'
import { validateClientEvent } from '../../src/emulator/validate-client-event.ts'
import type { SessionObject } from '../../src/realtime/session-object.ts'
import { refusedSetting } from '../lives/agents.ts'
import type { Random } from '../lives/random.ts'
import type { Faults } from './faults.ts'
import { createListener } from './listener.ts'
import { createResponder } from './responder.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The service on one connection: the emulator's validation, history and brain, with virtual time and random faults. */
export interface Service {
  receive(frame: string): void
  close(): void
}

export interface ServiceContext {
  readonly time: VirtualTime
  readonly random: Random
  readonly faults: () => Faults
  readonly nextId: (prefix: string) => string
  /** The session has expired. */
  onExpired(): void
  /** Sends an event to the client; `isUnordered` if it keeps no order with the others. */
  send(event: OutgoingEvent, isUnordered: boolean): void
}

const RATE_LIMIT = { code: 'rate_limit_exceeded', message: 'Rate limit reached. Please try again in 2s.', param: null }

/** How long a session lives that has no end, in s. */
const LIFE_S = 86_400

export function openService({ time, random, faults, nextId, send, onExpired }: ServiceContext): Service {
  const history = createHistory()
  const outbox = { send: (event: OutgoingEvent) => send(event, false), waitUntilWritable: async () => true }
  const tools = { history, outbox, nextId, transcript: () => 'hm', inputFormat: () => session.audio.input.format }
  let stopExpiry = () => {}
  let session: Session = withExpiry(defaultSession(nextId('sess'), time.now))
  let isConfigured = false
  let isOpen = true
  const shared = { time, random, faults, nextId, history, session: () => session, emit }
  const responder = createResponder({ ...shared, isOpen: () => isOpen })
  const listener = createListener({
    ...shared,
    turnBegun() {
      if (session.audio.input.turn_detection?.interrupt_response) responder.cancel('turn_detected')
    },
    turnCommitted: misbehave,
    turnEnded() {
      if (session.audio.input.turn_detection?.create_response) responder.startWhenFree()
    },
  })

  emit({ type: 'session.created', session })
  return {
    receive(frame) {
      if (!isOpen) return
      const validated = validateClientEvent(frame)
      if (!validated.ok) throw new Error(`the service was sent what it does not know: ${validated.error.message}`)
      if (validated.dropped.length > 0)
        throw new Error(`the service was sent keys that it drops: ${validated.dropped.join()}`)
      handle(validated.event)
    },
    close() {
      isOpen = false
      listener.close()
      stopExpiry()
    },
  }

  function handle(event: ClientEvent): void {
    switch (event.type) {
      case 'session.update':
        return update(event)
      case 'input_audio_buffer.append':
        return listener.hear(event.audio)
      case 'input_audio_buffer.commit':
        if (!listener.commit())
          refuse(event, { code: 'input_audio_buffer_commit_empty', message: 'empty', param: null })
        return
      case 'input_audio_buffer.clear':
        return listener.clear()
      case 'conversation.item.create':
        if (random.chance(faults().itemRefused))
          return refuse(event, { code: null, message: 'Item refused.', param: 'item' })
        return refuseIf(event, createItem(event, tools))
      case 'conversation.item.truncate':
        return refuseIf(event, truncateItem(event, tools))
      case 'conversation.item.delete':
        return refuseIf(event, deleteItem(event, tools))
      case 'response.create':
        return create(event, event.response ?? {})
      case 'response.cancel':
        return cancel(event, event.response_id)
      default:
        throw new Error(`a conversation never sends ${event.type}`)
    }
  }

  function update(event: ClientEvent & { readonly type: 'session.update' }): void {
    const path = refusedSetting(event.session as SessionObject)
    const isRefused = isConfigured && random.chance(faults().updateRefused)
    if (isConfigured && random.chance(faults().updateIgnored)) return
    if (isRefused || path !== undefined) {
      const param = `session.${path ?? 'instructions'}`
      return refuse(event, { code: 'invalid_value', message: 'Unsupported value.', param })
    }
    const options = { acceptAnyModel: true, isFirst: !isConfigured, nowMs: time.now }
    const result = updateSession(session, event.session, options)
    if (!result.ok) return refuse(event, { code: 'invalid_value', ...result })
    session = withExpiry(result.session)
    isConfigured = true
    emit({ type: 'session.updated', session })
  }

  function create(event: ClientEvent, config: ResponseConfig): void {
    misbehave()
    if (random.chance(faults().rateLimited)) return refuse(event, RATE_LIMIT)
    if (responder.running === null) return responder.start(config)
    const message = 'Conversation already has an active response in progress.'
    refuse(event, { code: 'conversation_already_has_active_response', message, param: null })
  }

  function cancel(event: ClientEvent, id: string | undefined): void {
    if (responder.running !== null && responder.running === (id ?? responder.running))
      return responder.cancel('client_cancelled')
    const message = 'Cancellation failed: no active response found.'
    refuse(event, { code: 'response_cancel_not_active', message, param: null })
  }

  function misbehave(): void {
    const error = { type: 'server_error', code: null, message: 'Something went wrong.', param: null, event_id: null }
    if (random.chance(faults().strayError)) emit({ type: 'error', error })
    if (random.chance(faults().expired)) emit({ type: 'error', error: { ...error, code: 'session_expired' } })
    if (random.chance(faults().unsolicited)) responder.startWhenFree()
  }

  function refuseIf(event: ClientEvent, result: Item | ItemFault | null): void {
    if (result !== null && isFault(result as Item)) refuse(event, result as ItemFault)
  }

  function refuse(event: ClientEvent, fault: { code: string | null; message: string; param: string | null }): void {
    const about = random.chance(faults().bareError)
      ? { param: null, event_id: null }
      : { param: fault.param, event_id: event.event_id ?? null }
    const error = { type: 'invalid_request_error', code: fault.code, message: fault.message, ...about }
    emit({ type: 'error', error })
  }

  function emit(event: OutgoingEvent, isUnordered = false): void {
    if (isOpen) send(event, isUnordered)
  }

  /** Every update prolongs it. */
  function withExpiry(session: Session): Session {
    const lifeS = faults().lifeS ?? LIFE_S
    stopExpiry()
    stopExpiry = time.after(lifeS * 1_000, expire)
    return { ...session, expires_at: Math.floor(time.now / 1_000) + lifeS }
  }

  function expire(): void {
    if (!isOpen) return
    const error = { type: 'invalid_request_error', code: 'session_expired', message: 'Too old.' }
    emit({ type: 'error', error: { ...error, param: null, event_id: null } })
    onExpired()
  }
}
