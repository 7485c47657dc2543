import { planResponse, type ResponseStep } from '../../src/emulator/brain.ts'
import type { ResponseConfig } from '../../src/emulator/client-event.ts'
import type { History } from '../../src/emulator/history.ts'
import type { Item } from '../../src/emulator/item.ts'
import type { OutgoingEvent } from '../../src/emulator/outgoing-event.ts'
import { responseSettings } from '../../src/emulator/responses/response-settings.ts'
import type { Session } from '../../src/emulator/session.ts'
import type { Random } from '../lives/random.ts'
import type { Faults } from './faults.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The answers of one session: one at a time, planned by the emulator's brain, in pieces that take their time. */
export interface Responder {
  /** Id of the running response. */
  readonly running: string | null
  start(config: ResponseConfig): void
  /** Starts a response as soon as none runs. */
  startWhenFree(): void
  cancel(reason: 'client_cancelled' | 'turn_detected'): void
}

export interface ResponderContext {
  readonly time: VirtualTime
  readonly random: Random
  readonly faults: () => Faults
  readonly nextId: (prefix: string) => string
  readonly history: History
  readonly session: () => Session
  readonly isOpen: () => boolean
  emit(event: OutgoingEvent): void
}

interface Running {
  readonly id: string
  readonly metadata: unknown
  readonly output: Item[]
  isOver: boolean
}

/** Sound of one piece of an answer: 150 ms of PCM16 at 24 kHz, or long enough to be spoken into. */
const PIECES_MS = [150, 1_200]
const PIECES = PIECES_MS.map((ms) => ({ ms, sound: Buffer.alloc(ms * 48).toString('base64') }))
const PIECES_MAX = 3

export function createResponder({
  time,
  random,
  faults,
  nextId,
  history,
  session,
  isOpen,
  emit,
}: ResponderContext): Responder {
  let running: Running | null = null
  let isResponseDue = false

  return {
    get running() {
      return running?.id ?? null
    },
    start,
    startWhenFree() {
      if (running === null) start({})
      else isResponseDue = true
    },
    cancel(reason) {
      if (running !== null) end(running, 'cancelled', { type: 'cancelled', reason })
    },
  }

  function start(config: ResponseConfig): void {
    const run: Running = {
      id: nextId('resp'),
      metadata: random.chance(faults().metadataLost) ? null : (config.metadata ?? null),
      output: [],
      isOver: false,
    }
    running = run
    emit({ type: 'response.created', response: body(run, 'in_progress', null) })
    const { stalled, empty, failed, incomplete } = faults()
    if (random.chance(stalled)) return
    if (random.chance(empty)) return later(run, () => end(run, 'completed', null))
    if (random.chance(failed)) return later(run, () => end(run, 'failed', { type: 'failed', reason: 'server_error' }))
    const settings = responseSettings(session(), config, history.items(), '2026-11-25')
    const breaksOff = random.chance(incomplete)
    perform(run, planResponse(settings.input), () =>
      breaksOff
        ? end(run, 'incomplete', { type: 'incomplete', reason: 'max_output_tokens' })
        : end(run, 'completed', null),
    )
  }

  function later(run: Running, callback: () => void): void {
    time.after(random.between(1, 300), () => {
      if (isOpen() && !run.isOver) callback()
    })
  }

  function perform(run: Running, steps: readonly ResponseStep[], whenDone: () => void): void {
    const pieces = steps.flatMap((step, index) =>
      step.type === 'call' ? [() => call(run, step, index)] : messagePieces(run, step.text, index),
    )
    const playPiece = (at: number): void => {
      if (!isOpen() || run.isOver) return
      const piece = pieces[at]
      if (piece === undefined) return whenDone()
      piece()
      time.after(random.between(5, 120), () => playPiece(at + 1))
    }
    time.after(random.between(5, 400), () => playPiece(0))
  }

  function messagePieces(run: Running, text: string, index: number): readonly (() => void)[] {
    const itemId = index === 0 ? `item_${run.id}` : nextId('item')
    const ids = { response_id: run.id, item_id: itemId, output_index: index, content_index: 0 }
    let said = ''
    const show = (type: 'added' | 'done', item: Item): void => {
      run.output[index] = item
      emit({ type: `response.output_item.${type}`, response_id: run.id, output_index: index, item })
    }
    const open = (): void => {
      const item = message(itemId, 'in_progress', '')
      history.insert(item, null)
      show('added', item)
    }
    const piece = (part: string) => (): void => {
      const delta = said === '' ? part : ` ${part}`
      said += delta
      emit({ type: 'response.output_audio_transcript.delta', ...ids, delta })
      const { ms, sound } = random.pick(PIECES)
      history.setAudioMs(itemId, history.audioMs(itemId) + ms)
      emit({ type: 'response.output_audio.delta', ...ids, delta: sound })
    }
    const close = (): void => {
      const item = message(itemId, 'completed', said)
      history.replace(item)
      show('done', item)
    }
    return [open, ...partsOf(text).map(piece), close]
  }

  function call(run: Running, step: ResponseStep & { readonly type: 'call' }, index: number): void {
    const item = {
      ...({ id: nextId('item'), object: 'realtime.item', type: 'function_call', status: 'completed' } as const),
      call_id: nextId('call'),
      name: step.name,
      arguments: step.arguments,
    }
    history.insert(item, null)
    run.output[index] = item
    emit({ type: 'response.output_item.done', response_id: run.id, output_index: index, item })
  }

  function end(run: Running, status: string, details: object | null): void {
    run.isOver = true
    running = null
    emit({ type: 'response.done', response: body(run, status, details) })
    if (random.chance(faults().unaskedUpdate)) emit({ type: 'session.updated', session: session() })
    if (!isResponseDue) return
    isResponseDue = false
    start({})
  }
}

function partsOf(text: string): readonly string[] {
  const words = text.split(' ')
  const size = Math.ceil(words.length / PIECES_MAX)
  return Array.from({ length: Math.ceil(words.length / size) }, (_, part) =>
    words.slice(part * size, (part + 1) * size).join(' '),
  )
}

function message(id: string, status: 'in_progress' | 'completed', transcript: string): Item {
  return {
    ...({ id, object: 'realtime.item', type: 'message', status, role: 'assistant' } as const),
    content: [{ type: 'output_audio', transcript }],
  }
}

function body({ id, output, metadata }: Running, status: string, details: object | null): object {
  const items = output.filter((item) => item !== undefined)
  return { id, object: 'realtime.response', status, status_details: details, output: items, metadata }
}
