import type { ResponseStep } from '../brain.ts'
import type { History } from '../history.ts'
import { type FunctionCallItem, type Item, type MessageItem, wordsOf } from '../item.ts'
import type { Outbox } from '../outbox.ts'
import type { Voice } from '../voice.ts'
import type { ResponseSettings } from './response-settings.ts'
import { streamSpeech } from './speech.ts'
import { SPOKEN, TYPED } from './wording.ts'

/** One response being made. Whoever ends it first wins; after that it sends nothing more. */
export interface ResponseRun {
  readonly id: string
  readonly isOutOfBand: boolean
  /** The `call_id`s of its calls, once it is completed. */
  calls(): readonly string[]
  cancel(reason: 'turn_detected' | 'client_cancelled'): void
}

/** What a response needs of its connection. */
export interface ResponseContext {
  readonly outbox: Outbox
  readonly history: History
  readonly speak: Voice
  readonly pace: 'realtime' | 'burst'
  readonly nextId: (prefix: string) => string
  readonly conversationId: string
  /** Whether it continues for a moment after being cancelled. */
  readonly sendsLateDeltas: boolean
  readonly onEnd: (run: ResponseRun, status: ResponseStatus) => void
}

/** How a response ended. */
export type ResponseStatus = 'completed' | 'cancelled' | 'failed' | 'incomplete'

/** What a response does; null if it stalls, `fail` if it fails. */
export type ResponsePlan = readonly ResponseStep[] | null | 'fail'

/** Begins a response: `response.created` is sent at once, the rest as it is made. */
export function startResponse(settings: ResponseSettings, plan: ResponsePlan, context: ResponseContext): ResponseRun {
  const { outbox, history, nextId } = context
  const id = nextId('resp')
  const stop = new AbortController()
  const output: Item[] = []
  const isSpoken = settings.modalities.includes('audio')
  const wording = isSpoken ? SPOKEN : TYPED
  let isEnded = false
  /** The response's items come after what it answers: words of the caller that come meanwhile are not answered by it. */
  let previousId = history.lastId()

  const run: ResponseRun = {
    id,
    isOutOfBand: settings.isOutOfBand,
    calls: () => output.filter((item) => item.type === 'function_call').map(({ call_id }) => call_id),
    cancel: (reason) => end('cancelled', { type: 'cancelled', reason }),
  }
  outbox.send({ type: 'response.created', response: responseBody('in_progress', null, []) })
  if (plan === 'fail') {
    fail(new Error('upstream model failed'))
  } else if (plan !== null) perform(plan).catch(fail)
  return run

  function fail({ message }: Error): void {
    const error = { type: 'server_error', code: null, message }
    end('failed', { type: 'failed', reason: 'server_error', error })
  }

  async function perform(steps: readonly ResponseStep[]): Promise<void> {
    let tokensLeft = settings.maxTokens === 'inf' ? Number.POSITIVE_INFINITY : settings.maxTokens
    for (const [index, step] of steps.entries()) {
      if (!(await outbox.waitUntilWritable())) stop.abort()
      if (stop.signal.aborted) return
      if (step.type === 'call') {
        await call(step, index)
        continue
      }
      const text = firstWords(step.text, tokensLeft)
      await say(text, index)
      tokensLeft -= wordCount(text)
      if (text.length < step.text.length) return end('incomplete', { type: 'incomplete', reason: 'max_output_tokens' })
    }
    end('completed', null)
  }

  async function say(text: string, index: number): Promise<void> {
    const itemId = nextId('item')
    const ids = { response_id: id, item_id: itemId, output_index: index, content_index: 0 }
    const message = (status: MessageItem['status'], content: MessageItem['content']): MessageItem => {
      return { id: itemId, object: 'realtime.item', type: 'message', status, role: 'assistant', content }
    }

    addItem(message('in_progress', []), index)
    outbox.send({ type: 'response.content_part.added', ...ids, part: wording.part('') })
    let said = ''
    const pieces = isSpoken ? streamSpeech(text, { ...settings, ...context, stop: stop.signal }) : textPieces(text)
    for await (const piece of pieces) {
      if (!(await outbox.waitUntilWritable())) stop.abort()
      if (stop.signal.aborted) return
      said += piece.words
      if (piece.words !== '') outbox.send({ type: `${wording.event}.delta`, ...ids, delta: piece.words })
      if (piece.audio !== null) {
        const delta = Buffer.from(piece.audio).toString('base64')
        history.setAudioMs(itemId, piece.endMs)
        outbox.send({ type: 'response.output_audio.delta', ...ids, delta })
      }
      updateItem(message('in_progress', [wording.content(said)]), index)
    }
    if (stop.signal.aborted) return
    if (isSpoken) outbox.send({ type: 'response.output_audio.done', ...ids })
    outbox.send({ type: `${wording.event}.done`, ...ids, ...wording.words(said) })
    outbox.send({ type: 'response.content_part.done', ...ids, part: wording.part(said) })
    finishItem(message('completed', [wording.content(said)]), index)
  }

  async function call(step: ResponseStep & { type: 'call' }, index: number): Promise<void> {
    const item = (status: FunctionCallItem['status'], argumentsText: string): FunctionCallItem => ({
      id: itemId,
      object: 'realtime.item',
      type: 'function_call',
      status,
      call_id: callId,
      name: step.name,
      arguments: argumentsText,
    })
    const itemId = nextId('item')
    const callId = nextId('call')
    const ids = { response_id: id, item_id: itemId, output_index: index, call_id: callId }
    addItem(item('in_progress', ''), index)
    outbox.send({ type: 'response.function_call_arguments.delta', ...ids, delta: step.arguments })
    if (!(await outbox.waitUntilWritable())) stop.abort()
    if (stop.signal.aborted) return
    outbox.send({ type: 'response.function_call_arguments.done', ...ids, name: step.name, arguments: step.arguments })
    finishItem(item('completed', step.arguments), index)
  }

  function addItem(item: Item, index: number): void {
    const previous = previousId === null || history.find(previousId) !== undefined ? previousId : history.lastId()
    if (!settings.isOutOfBand) history.insert(item, previous ?? 'root')
    previousId = item.id
    output[index] = item
    outbox.send({ type: 'response.output_item.added', response_id: id, output_index: index, item })
    if (!settings.isOutOfBand) outbox.send({ type: 'conversation.item.added', previous_item_id: previous, item })
  }

  function finishItem(item: Item, index: number): void {
    updateItem(item, index)
    outbox.send({ type: 'response.output_item.done', response_id: id, output_index: index, item })
    if (settings.isOutOfBand) return
    outbox.send({ type: 'conversation.item.done', previous_item_id: history.before(item.id), item })
  }

  function updateItem(item: Item, index: number): void {
    output[index] = item
    if (!settings.isOutOfBand) history.replace(item)
  }

  function end(status: ResponseStatus, details: object | null): void {
    if (isEnded) return
    isEnded = true
    stop.abort()
    for (const [index, item] of output.entries()) {
      if (item.status === 'in_progress') updateItem({ ...item, status: 'incomplete' }, index)
    }
    outbox.send({ type: 'response.done', response: responseBody(status, details, output) })
    if (context.sendsLateDeltas && status === 'cancelled')
      for (const [index, item] of output.entries()) sendLateDeltas(item, index)
    context.onEnd(run, status)
  }

  /** Sends what was in flight when it was cancelled. */
  function sendLateDeltas(item: Item, output_index: number): void {
    if (item.status !== 'incomplete') return
    const ids = { response_id: id, item_id: item.id, output_index }
    if (item.type === 'function_call') {
      const { name, call_id } = item
      outbox.send({ type: 'response.function_call_arguments.done', ...ids, call_id, name, arguments: '{}' })
    }
    if (item.type !== 'message') return
    outbox.send({ type: `${wording.event}.delta`, ...ids, content_index: 0, delta: ' and so' })
    if (!isSpoken) return
    const delta = Buffer.alloc(LATE_AUDIO_BYTES).toString('base64')
    outbox.send({ type: 'response.output_audio.delta', ...ids, content_index: 0, delta })
  }

  function responseBody(
    status: ResponseStatus | 'in_progress',
    details: object | null,
    items: readonly Item[],
  ): object {
    return {
      id,
      object: 'realtime.response',
      status,
      status_details: details,
      output: items,
      conversation_id: settings.isOutOfBand ? null : context.conversationId,
      output_modalities: settings.modalities,
      max_output_tokens: settings.maxTokens,
      metadata: settings.metadata,
      usage: status === 'in_progress' ? null : usage(settings.input.items, items),
    }
  }
}

/** Sound sent after the end, in bytes: whole samples of any format. */
const LATE_AUDIO_BYTES = 960

function* textPieces(text: string): Generator<{ words: string; audio: null; endMs: number }> {
  for (const words of text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) yield { words, audio: null, endMs: 0 }
}

function firstWords(text: string, count: number): string {
  return wordCount(text) <= count ? text : (text.match(/\s*\S+/g) ?? []).slice(0, count).join('')
}

/** Usage in words, where the service counts tokens. */
function usage(input: readonly Item[], output: readonly Item[]): object {
  const [input_tokens, output_tokens] = [input, output].map((items) =>
    items.reduce((sum, item) => sum + wordCount(textOf(item)), 0),
  ) as [number, number]
  return { total_tokens: input_tokens + output_tokens, input_tokens, output_tokens }
}

function textOf(item: Item): string {
  if (item.type === 'message') return wordsOf(item)
  if (item.type === 'function_call') return item.arguments
  return item.type === 'function_call_output' ? item.output : ''
}

function wordCount(text: string): number {
  return text.match(/\S+/g)?.length ?? 0
}
