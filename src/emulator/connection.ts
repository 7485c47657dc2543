import { isVoice } from './catalogue.ts'
import type { ClientEvent, ResponseConfig } from './client-event.ts'
import type { FaultState } from './faults.ts'
import { createHistory } from './history.ts'
import { completeItem, createItem, deleteItem, type ItemFault, isFault, retrieveItem, truncateItem } from './items.ts'
import type { JsonObject } from './json-object.ts'
import { createOutbox, type Wire } from './outbox.ts'
import type { OutgoingEvent } from './outgoing-event.ts'
import { createResponses } from './responses.ts'
import { defaultSession, type Session, settingAt, updateSession, withoutSetting } from './session.ts'
import { type ErrorBody, validateClientEvent } from './validate-client-event.ts'
import type { Voice } from './voice.ts'
import { createVoiceTurns } from './voice-turns.ts'

/** One client's session, from `session.created` to the close of its socket. */
interface Connection {
  /** Takes one text frame from the client. */
  receive(frame: string): void
  send(event: OutgoingEvent): void
  close(): void
}

/** What all connections of one emulator share. */
interface EmulatorContext {
  readonly faults: FaultState
  readonly speak: Voice
  readonly pace: 'realtime' | 'burst'
  readonly captions: readonly string[]
  readonly acceptAnyModel: boolean
  /** How long a session lives, in s, whatever happens in it; null if updates prolong it. */
  readonly expiresAfterS: number | null
  readonly nextId: (prefix: string) => string
  readonly log: (message: string, fields: Record<string, unknown>) => void
}

/** Opens a session on a connection, beginning with `session.created`. */
export function openConnection(wire: Wire, context: EmulatorContext): Connection {
  const { faults, acceptAnyModel, nextId, log } = context
  const expiresAt = context.expiresAfterS === null ? null : Math.floor(Date.now() / 1_000) + context.expiresAfterS
  const expiryTimer = expiresAt === null ? undefined : setTimeout(expire, expiresAt * 1_000 - Date.now())
  let session: Session = withExpiry(defaultSession(nextId('sess'), Date.now()))
  let isConfigured = false
  const conversationId = nextId('conv')
  const outbox = createOutbox(wire, faults, nextId)
  const history = createHistory()
  const shared = { ...context, outbox, history, conversationId, session: () => session }
  const responses = createResponses({ ...shared, onEnd: responseEnded })
  const turns = createVoiceTurns({ ...shared, responses })
  const itemContext = {
    ...shared,
    transcript: (ms: number) => turns.transcript(ms),
    inputFormat: () => session.audio.input.format,
  }

  if (faults.consume('exhausted')) {
    wire.send(JSON.stringify({ errorType: 'SESSION_RESOURCES_EXHAUSTED', message: 'No sessions are left.' }))
  } else outbox.send({ type: 'session.created', session })
  const { pingEveryMs } = faults.current
  const pingTimer = pingEveryMs === undefined ? undefined : setInterval(ping, pingEveryMs)
  return {
    receive,
    send: outbox.send,
    close() {
      clearTimeout(expiryTimer)
      clearInterval(pingTimer)
      responses.close()
      turns.close()
    },
  }

  function withExpiry(given: Session): Session {
    return expiresAt === null ? given : { ...given, expires_at: expiresAt }
  }

  function ping(): void {
    outbox.send({ type: 'ping', timestamp: Date.now() })
  }

  /** Ends a session that has reached its age: sends the error, then closes the connection. */
  function expire(): void {
    const message = `Your session hit the maximum duration of ${context.expiresAfterS} s.`
    refuse({ type: 'invalid_request_error', code: 'session_expired', message, param: null, event_id: null })
    wire.cut(1001)
  }

  function receive(frame: string): void {
    const validated = validateClientEvent(frame, acceptAnyModel)
    if (!validated.ok) return refuse(validated.error)
    const { event, dropped } = validated
    if (dropped.length > 0) log('unknown keys dropped', { type: event.type, keys: dropped })
    handle(event)
  }

  function handle(event: ClientEvent): void {
    switch (event.type) {
      case 'session.update':
        return update(event, event.session)
      case 'input_audio_buffer.append':
        return turns.append(event.audio)
      case 'input_audio_buffer.commit':
        return refuseIf(event, turns.commit())
      case 'input_audio_buffer.clear':
        return turns.clear()
      case 'conversation.item.create':
        return create(event)
      case 'conversation.item.retrieve':
        return refuseIf(event, retrieveItem(event, itemContext))
      case 'conversation.item.delete':
        return refuseIf(event, deleteItem(event, itemContext))
      case 'conversation.item.truncate':
        return refuseIf(event, truncateItem(event, itemContext))
      case 'response.create':
        return respond(event, event.response ?? {})
      case 'response.cancel':
        return cancel(event)
      case 'output_audio_buffer.clear':
        return outbox.send({ type: 'output_audio_buffer.cleared' })
      default:
        return event satisfies never
    }
  }

  function update(event: ClientEvent, given: JsonObject): void {
    const { refuseUpdates, refuseParam, passOver } = faults.current
    const changes = passOver === undefined ? given : withoutSetting(given, passOver)
    if (faults.consume('ignoreUpdates')) return
    if (refuseUpdates !== undefined && faults.consume('refuseUpdates')) {
      const { message, type, code } = refuseUpdates
      const error = { type: type ?? 'invalid_request_error', code: code ?? null, message, param: null }
      return refuse({ ...error, event_id: event.event_id ?? null })
    }
    if (refuseParam !== undefined && settingAt({ session: changes }, refuseParam) !== undefined) {
      return refuseIf(event, {
        code: 'invalid_value',
        message: `Unsupported value for '${refuseParam}'.`,
        param: refuseParam,
      })
    }
    const options = { acceptAnyModel, isFirst: !isConfigured, nowMs: Date.now() }
    const result = updateSession(session, changes, options)
    if (!result.ok) return refuseIf(event, { code: 'invalid_value', ...result })
    session = withExpiry(result.session)
    isConfigured = true
    outbox.send({ type: 'session.updated', session })
  }

  function create(event: ClientEvent & { readonly type: 'conversation.item.create' }): void {
    const item = createItem(event, itemContext)
    if (isFault(item)) return refuseIf(event, item)
    if (item.type === 'function_call_output') responses.followUpIfDue()
  }

  function respond(event: ClientEvent, config: ResponseConfig): void {
    const voice = config.voice ?? config.audio?.output?.voice
    if (voice !== undefined && !acceptAnyModel && !isVoice(voice)) {
      return refuseIf(event, {
        code: 'invalid_value',
        message: `Unsupported voice: '${voice}'.`,
        param: 'response.voice',
      })
    }
    const input = config.input?.map((item) => completeItem(item, itemContext))
    refuseIf(event, responses.create(config, input))
  }

  function cancel(event: ClientEvent & { readonly type: 'response.cancel' }): void {
    if (responses.cancel('client_cancelled', event.response_id)) return
    const message = 'Cancellation failed: no active response found.'
    refuseIf(event, { code: 'response_cancel_not_active', message, param: null })
  }

  function refuseIf(
    event: ClientEvent,
    fault: (Omit<ItemFault, 'param'> & { readonly param?: string | null }) | null,
  ): void {
    if (fault === null) return
    const { code, message, param } = fault
    refuse({ type: 'invalid_request_error', code, message, param: param ?? null, event_id: event.event_id ?? null })
  }

  function refuse(error: ErrorBody): void {
    log('request refused', { code: error.code, param: error.param })
    outbox.send({ type: 'error', error: faults.current.bareErrors ? { ...error, param: null, event_id: null } : error })
  }

  function responseEnded(): void {
    if (faults.current.unaskedUpdated) outbox.send({ type: 'session.updated', session })
    turns.onAnswerEnded()
  }
}
