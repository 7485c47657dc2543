import { planResponse, type Step } from '../../src/emulator/brain.ts'
import type { ClientEvent, ResponseConfig } from '../../src/emulator/client-event.ts'
import { createHistory } from '../../src/emulator/history.ts'
import type { Item } from '../../src/emulator/item.ts'
import { createItem, deleteItem, type ItemFault, isFault, truncateItem } from '../../src/emulator/items.ts'
import type { OutgoingEvent } from '../../src/emulator/outbox.ts'
import { responseOrder } from '../../src/emulator/response-order.ts'
import { defaultSession, type Session, updateSession } from '../../src/emulator/session.ts'
import { validateClientEvent } from '../../src/emulator/validate-client-event.ts'
import type { Faults } from './faults.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The service on one connection: the emulator's judgement, history and brain, with time and faults that are made up. */
export interface Service {
  receive(frame: string): void
  close(): void
}

export interface ServiceWays {
  readonly time: VirtualTime
  readonly random: Random
  readonly faults: () => Faults
  readonly nextId: (prefix: string) => string
  /** It has come to its end by itself. */
  onExpired(): void
  /** An event for the client; `beside` where it keeps no order with the others. */
  send(event: OutgoingEvent, beside: boolean): void
}

/** Sound of one piece of an answer: 150 ms of PCM16 at 24 kHz, or long enough to be spoken into. */
const PIECES_MS = [150, 1_200]
const PIECES = PIECES_MS.map((ms) => ({ ms, sound: Buffer.alloc(ms * 48).toString('base64') }))
const PIECES_MAX = 3
/** Silence after which a spoken turn is over, in ms. */
const TURN_END_MS = 500
const WORDS = [
  'please look',
  'book a table',
  'what is it',
  'look and book',
  'mill the grain',
  'hm',
  'end the call',
  'set your voice to Dennis',
  '',
]

interface Running {
  readonly id: string
  readonly metadata: unknown
  output: Item[]
  cancelled: boolean
}

export function openService({ time, random, faults, nextId, send, onExpired }: ServiceWays): Service {
  const history = createHistory()
  const outbox = { send: (event: OutgoingEvent) => send(event, false), breathe: async () => true }
  const tools = { history, outbox, nextId, transcript: () => 'hm', inputFormat: () => session.audio.input.format }
  let liveOn = () => {}
  let session: Session = withLife(defaultSession(nextId('sess'), time.now))
  let isConfigured = false
  let isOpen = true
  let running: Running | null = null
  let waits = false
  let turnId: string | null = null
  let uncommitted = false
  let endTurn = () => {}

  tell({ type: 'session.created', session })
  return {
    receive(frame) {
      if (!isOpen) return
      const judged = validateClientEvent(frame)
      if (!judged.ok) throw new Error(`the service was sent what it does not know: ${judged.error.message}`)
      handle(judged.event)
    },
    close() {
      isOpen = false
      endTurn()
      liveOn()
    },
  }

  function handle(event: ClientEvent): void {
    switch (event.type) {
      case 'session.update':
        return update(event)
      case 'input_audio_buffer.append':
        return listen(event.audio)
      case 'input_audio_buffer.commit':
        return commit(event)
      case 'input_audio_buffer.clear':
        uncommitted = false
        return
      case 'conversation.item.create':
        if (random.hits(faults().itemRefused))
          return refuse(event, { code: null, message: 'Item refused.', param: 'item' })
        return refuseIf(event, createItem(event, tools))
      case 'conversation.item.truncate':
        return refuseIf(event, truncateItem(event, tools))
      case 'conversation.item.delete':
        return refuseIf(event, deleteItem(event, tools))
      case 'response.create':
        return create(event, event.response ?? {})
      case 'response.cancel':
        if (running === null || running.id !== (event.response_id ?? running.id)) {
          const message = 'Cancellation failed: no active response found.'
          return refuse(event, { code: 'response_cancel_not_active', message, param: null })
        }
        return end(running, 'cancelled', { type: 'cancelled', reason: 'client_cancelled' })
      default:
        throw new Error(`a conversation never sends ${event.type}`)
    }
  }

  function update(event: ClientEvent & { readonly type: 'session.update' }): void {
    if (isConfigured && random.hits(faults().updateIgnored)) return
    if (isConfigured && random.hits(faults().updateRefused)) {
      return refuse(event, { code: 'invalid_value', message: 'Unsupported value.', param: 'session.instructions' })
    }
    const how = { acceptAnyModel: true, isFirst: !isConfigured, nowMs: time.now }
    const result = updateSession(session, event.session, how)
    if (!result.ok) return refuse(event, { code: 'invalid_value', ...result })
    session = withLife(result.session)
    isConfigured = true
    tell({ type: 'session.updated', session })
  }

  /** A frame that begins with anything but silence is speech. */
  function listen(audio: string): void {
    uncommitted = true
    const detection = session.audio.input.turn_detection
    if (detection === null || audio.startsWith('AAAA')) return
    if (turnId === null) {
      turnId = nextId('item')
      tell({ type: 'input_audio_buffer.speech_started', item_id: turnId, audio_start_ms: 0 })
      if (detection.interrupt_response && running !== null) {
        end(running, 'cancelled', { type: 'cancelled', reason: 'turn_detected' })
      }
    }
    endTurn()
    endTurn = time.after(TURN_END_MS, () => {
      if (!isOpen) return
      tell({ type: 'input_audio_buffer.speech_stopped', item_id: turnId ?? '', audio_end_ms: 0 })
      take(turnId ?? nextId('item'))
      turnId = null
      if (session.audio.input.turn_detection?.create_response) createWhenFree()
    })
  }

  function commit(event: ClientEvent): void {
    if (!uncommitted) return refuse(event, { code: 'input_audio_buffer_commit_empty', message: 'empty', param: null })
    take(nextId('item'))
  }

  /** A spoken turn enters the history; its words come when they come. */
  function take(id: string): void {
    uncommitted = false
    const words = random.pick(WORDS)
    const item = (transcript: string | null) => ({
      ...({ id, object: 'realtime.item', type: 'message', status: 'completed', role: 'user' } as const),
      content: [{ type: 'input_audio', transcript }],
    })
    const previous_item_id = history.lastId()
    history.insert(item(words), null)
    tell({ type: 'input_audio_buffer.committed', previous_item_id, item_id: id })
    tell({ type: 'conversation.item.added', previous_item_id, item: item(null) })
    const kind = 'conversation.item.input_audio_transcription'
    if (words !== '') send({ type: `${kind}.delta`, item_id: id, content_index: 0, delta: words.slice(0, 4) }, true)
    send({ type: `${kind}.completed`, item_id: id, content_index: 0, transcript: words }, true)
    misbehave()
  }

  function misbehave(): void {
    const error = { type: 'server_error', code: null, message: 'Something went wrong.', param: null, event_id: null }
    if (random.hits(faults().strayError)) tell({ type: 'error', error })
    if (random.hits(faults().expired)) tell({ type: 'error', error: { ...error, code: 'session_expired' } })
    if (random.hits(faults().unasked)) createWhenFree()
  }

  function create(event: ClientEvent, config: ResponseConfig): void {
    misbehave()
    if (running === null) return start(config)
    const message = 'Conversation already has an active response in progress.'
    refuse(event, { code: 'conversation_already_has_active_response', message, param: null })
  }

  function createWhenFree(): void {
    if (running === null) start({})
    else waits = true
  }

  function start(config: ResponseConfig): void {
    const id = nextId('resp')
    const run: Running = { id, metadata: config.metadata ?? null, output: [], cancelled: false }
    running = run
    tell({ type: 'response.created', response: body(run, 'in_progress', null) })
    const { stalled, empty, failed, incomplete } = faults()
    if (random.hits(stalled)) return
    if (random.hits(empty)) return later(() => end(run, 'completed', null))
    if (random.hits(failed)) return later(() => end(run, 'failed', { type: 'failed', reason: 'server_error' }))
    const order = responseOrder(session, config, history.items(), '2026-11-25')
    const breaksOff = random.hits(incomplete)
    perform(run, planResponse(order.situation), () =>
      breaksOff
        ? end(run, 'incomplete', { type: 'incomplete', reason: 'max_output_tokens' })
        : end(run, 'completed', null),
    )

    function later(what: () => void): void {
      time.after(random.between(1, 300), () => {
        if (isOpen && !run.cancelled) what()
      })
    }
  }

  function perform(run: Running, steps: readonly Step[], done: () => void): void {
    const pieces = steps.flatMap((step, index) =>
      step.type === 'call' ? [() => call(run, step, index)] : sayings(run, step.text, index),
    )
    const goOn = (at: number): void => {
      if (!isOpen || run.cancelled) return
      const piece = pieces[at]
      if (piece === undefined) return done()
      piece()
      time.after(random.between(5, 120), () => goOn(at + 1))
    }
    time.after(random.between(5, 400), () => goOn(0))
  }

  function sayings(run: Running, text: string, index: number): readonly (() => void)[] {
    const itemId = index === 0 ? `item_${run.id}` : nextId('item')
    const words = text.split(' ')
    const size = Math.ceil(words.length / PIECES_MAX)
    const parts = Array.from({ length: Math.ceil(words.length / size) }, (_, part) =>
      words.slice(part * size, (part + 1) * size).join(' '),
    )
    const where = { response_id: run.id, item_id: itemId, output_index: index, content_index: 0 }
    const message = (status: 'in_progress' | 'completed', said: string): Item => ({
      ...({ id: itemId, object: 'realtime.item', type: 'message', status, role: 'assistant' } as const),
      content: [{ type: 'output_audio', transcript: said }],
    })
    let said = ''
    const open = (): void => {
      history.insert(message('in_progress', ''), null)
      run.output[index] = message('in_progress', '')
      tell({
        type: 'response.output_item.added',
        response_id: run.id,
        output_index: index,
        item: message('in_progress', ''),
      })
    }
    const piece = (part: string) => (): void => {
      said += `${said === '' ? '' : ' '}${part}`
      tell({ type: 'response.output_audio_transcript.delta', ...where, delta: said === part ? part : ` ${part}` })
      const { ms, sound } = random.pick(PIECES)
      history.setAudioMs(itemId, history.audioMs(itemId) + ms)
      tell({ type: 'response.output_audio.delta', ...where, delta: sound })
    }
    const close = (): void => {
      history.replace(message('completed', said))
      run.output[index] = message('completed', said)
      tell({
        type: 'response.output_item.done',
        response_id: run.id,
        output_index: index,
        item: message('completed', said),
      })
    }
    return [open, ...parts.map(piece), close]
  }

  function call(run: Running, step: Step & { readonly type: 'call' }, index: number): void {
    const item = {
      ...({ id: nextId('item'), object: 'realtime.item', type: 'function_call', status: 'completed' } as const),
      call_id: nextId('call'),
      name: step.name,
      arguments: step.arguments,
    }
    history.insert(item, null)
    run.output[index] = item
    tell({ type: 'response.output_item.done', response_id: run.id, output_index: index, item })
  }

  function end(run: Running, status: string, details: object | null): void {
    run.cancelled = true
    running = null
    tell({ type: 'response.done', response: body(run, status, details) })
    if (!waits) return
    waits = false
    start({})
  }

  function body(run: Running, status: string, details: object | null): object {
    const output = run.output.filter((item) => item !== undefined)
    return { id: run.id, object: 'realtime.response', status, status_details: details, output, metadata: run.metadata }
  }

  function refuseIf(event: ClientEvent, result: Item | ItemFault | null): void {
    if (result !== null && isFault(result as Item)) refuse(event, result as ItemFault)
  }

  function refuse(event: ClientEvent, fault: { code: string | null; message: string; param: string | null }): void {
    const { code, message, param } = fault
    const error = { type: 'invalid_request_error', code, message, param, event_id: event.event_id ?? null }
    tell({ type: 'error', error })
  }

  function tell(event: OutgoingEvent): void {
    if (isOpen) send(event, false)
  }

  /** Every update prolongs it. */
  function withLife(given: Session): Session {
    const lifeS = faults().lifeS ?? 86_400
    liveOn()
    liveOn = time.after(lifeS * 1_000, expire)
    return { ...given, expires_at: Math.floor(time.now / 1_000) + lifeS }
  }

  function expire(): void {
    if (!isOpen) return
    const error = { type: 'invalid_request_error', code: 'session_expired', message: 'Too old.' }
    tell({ type: 'error', error: { ...error, param: null, event_id: null } })
    onExpired()
  }
}
