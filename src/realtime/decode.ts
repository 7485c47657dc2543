import { partWords } from './part-words.ts'
import type { Item, Response, ResponseStatus, ServerEvent, ServiceError } from './server-event.ts'
import { readUsage } from './usage.ts'

type Fields = { readonly [key: string]: unknown }

/** Reads one frame from the service. Never throws: what is not JSON, not known or not complete comes back as `unknown`. */
export function decode(frame: string): ServerEvent {
  const fields = parseObject(frame)
  if (fields === null) return { type: 'unknown', name: 'not a JSON object' }
  const name = text(fields.type)
  if (name === null) return decodeUntyped(fields)
  return decodeNamed(ALIASES[name] ?? name, fields) ?? { type: 'unknown', name }
}

/** Names from the protocol's beta and other drafts that mean the same as a current name. */
const ALIASES: { readonly [alias: string]: string } = {
  'response.audio.delta': 'response.output_audio.delta',
  'response.audio_transcript.delta': 'response.output_audio_transcript.delta',
  'response.audio_transcript.done': 'response.output_audio_transcript.done',
  'response.text.delta': 'response.output_text.delta',
  'response.text.done': 'response.output_text.done',
  'conversation.item.created': 'conversation.item.added',
  'conversation.item.input_audio_transcription.updated': 'conversation.item.input_audio_transcription.delta',
  'input_audio_transcription.delta': 'conversation.item.input_audio_transcription.delta',
  'input_audio_buffer.transcription.delta': 'conversation.item.input_audio_transcription.delta',
  'response.cancelled': 'response.done',
}

/** Reads a frame without a `type`: some refusals have only an `errorType`. */
function decodeUntyped(fields: Fields): ServerEvent {
  const code = text(fields.errorType)
  if (code === null) return { type: 'unknown', name: 'no type' }
  const message = nonBlank(fields.message) ?? code
  return { type: 'error', error: { type: 'server_error', code, message, param: null, event_id: null } }
}

function decodeNamed(type: string, fields: Fields): ServerEvent | null {
  switch (type) {
    case 'session.created':
    case 'session.updated': {
      const session = object(fields.session)
      return session && { type, session }
    }
    case 'conversation.item.added':
    case 'conversation.item.done': {
      const item = readItem(fields.item)
      return item && { type, item }
    }
    case 'conversation.item.input_audio_transcription.delta': {
      const item_id = text(fields.item_id)
      const delta = text(fields.delta) ?? text(fields.transcript)
      return item_id === null || delta === null ? null : { type, item_id, delta }
    }
    case 'conversation.item.input_audio_transcription.completed': {
      const item_id = text(fields.item_id)
      if (item_id === null) return null
      return { type, item_id, transcript: text(fields.transcript) ?? '', ...readUsage(fields.usage) }
    }
    case 'conversation.item.input_audio_transcription.failed': {
      const item_id = text(fields.item_id)
      const message = nonBlank(object(fields.error)?.message) ?? 'no reason given'
      return item_id === null ? null : { type, item_id, message }
    }
    case 'conversation.item.truncated':
    case 'conversation.item.deleted':
    case 'input_audio_buffer.speech_started':
    case 'input_audio_buffer.speech_stopped':
    case 'input_audio_buffer.committed':
    case 'input_audio_buffer.timeout_triggered':
      return { type, item_id: text(fields.item_id) ?? '' }
    case 'response.created':
    case 'response.done': {
      const response = readResponse(fields)
      return response && { type, response: { ...readUsage(fields.usage), ...response } }
    }
    case 'response.output_item.added':
    case 'response.output_item.done': {
      const item = readItem(fields.item)
      return item && { type, response_id: text(fields.response_id), item }
    }
    case 'response.output_audio.delta': {
      const audio = text(fields.delta) ?? text(fields.audio) ?? text(fields.data)
      if (audio === null) return null
      const content_index = typeof fields.content_index === 'number' ? fields.content_index : 0
      return { type, ...ownerOf(fields), content_index, audio: Buffer.from(audio, 'base64') }
    }
    case 'response.output_audio_transcript.delta':
    case 'response.output_text.delta': {
      const delta = text(fields.delta)
      return delta === null ? null : { type, ...ownerOf(fields), delta }
    }
    case 'response.output_audio_transcript.done':
      return { type, ...ownerOf(fields), text: text(fields.transcript) }
    case 'response.output_text.done':
      return { type, ...ownerOf(fields), text: text(fields.text) }
    case 'response.content_part.done':
      return decodeFinishedPart(fields)
    case 'response.backchannel.audio.delta': {
      const audio = text(fields.delta)
      const backchannel_id = text(fields.backchannel_id) ?? ''
      return audio === null ? null : { type, backchannel_id, audio: Buffer.from(audio, 'base64') }
    }
    case 'response.backchannel.audio.done':
      return { type, backchannel_id: text(fields.backchannel_id) ?? '', phrase: text(fields.phrase) ?? '' }
    case 'response.function_call_arguments.done': {
      const call_id = text(fields.call_id)
      if (call_id === null) return null
      const response_id = text(fields.response_id)
      return { type, response_id, call_id, name: text(fields.name), arguments: argumentsText(fields) ?? '' }
    }
    case 'error':
      return { type, error: readError(fields) }
    case 'invalid_request_error':
    case 'server_error':
      return { type: 'error', error: readError({ error: fields }) }
    default:
      return null
  }
}

/** The words of a finished part: some services give them only there. They mean the same as the end of the stream of words. */
function decodeFinishedPart(fields: Fields): ServerEvent | null {
  const words = partWords(object(fields.part) ?? {})
  if (words === null) return null
  const stream = words.source === 'transcript' ? 'output_audio_transcript' : 'output_text'
  return { type: `response.${stream}.done`, ...ownerOf(fields), text: words.text }
}

function ownerOf(fields: Fields): { response_id: string | null; item_id: string | null } {
  return { response_id: text(fields.response_id), item_id: text(fields.item_id) }
}

function readItem(value: unknown): Item | null {
  const fields = object(value)
  const id = text(fields?.id)
  const type = text(fields?.type)
  if (fields === null || id === null || type === null) return null
  const strings = pickStrings(fields, ['role', 'status', 'call_id', 'name', 'output'])
  const content = Array.isArray(fields.content)
    ? { content: fields.content.map(object).filter((part) => part !== null) }
    : {}
  const given = argumentsText(fields)
  return { id, type, ...strings, ...(given === null ? {} : { arguments: given }), ...content }
}

/** Arguments as JSON text; some services send the object itself. */
function argumentsText({ arguments: given }: Fields): string | null {
  return object(given) === null ? text(given) : JSON.stringify(given)
}

/** The status of a response that does not state it. */
const STATUS_BY_NAME: { readonly [name: string]: ResponseStatus } = {
  'response.created': 'in_progress',
  'response.cancelled': 'cancelled',
}

/** Reads a response. Some services name a finished one only by its id, in the event itself. */
function readResponse(event: Fields): Response | null {
  const fields = object(event.response) ?? {}
  const id = text(fields.id) ?? text(event.response_id)
  if (id === null) return null
  const output = Array.isArray(fields.output) ? fields.output.map(readItem).filter((item) => item !== null) : []
  const details = object(fields.status_details)
  const reason = text(details?.reason)
  const error = object(details?.error)
  const request = text(object(fields.metadata)?.request)
  return {
    id,
    status: readStatus(fields.status) ?? STATUS_BY_NAME[String(event.type)] ?? 'completed',
    output,
    ...(reason === null ? {} : { reason }),
    ...(error === null
      ? {}
      : { error: { code: text(error.code), message: nonBlank(error.message) ?? 'no reason given' } }),
    ...(request === null ? {} : { request }),
    ...readUsage(fields.usage),
  }
}

function readStatus(value: unknown): ResponseStatus | null {
  switch (value) {
    case 'in_progress':
    case 'completed':
    case 'cancelled':
    case 'failed':
    case 'incomplete':
      return value
    default:
      return null
  }
}

/** Reads an error. The `event_id` of the frame is the service's own; the one inside the error names our request. */
function readError(fields: Fields): ServiceError {
  const inner = object(fields.error)
  const error = inner ?? fields
  return {
    type: text(error.type) ?? 'error',
    code: text(error.code),
    message:
      nonBlank(error.message) ?? nonBlank(fields.message) ?? nonBlank(fields.error) ?? 'the service gave no reason',
    param: text(error.param),
    event_id: text(inner?.event_id),
  }
}

function parseObject(frame: string): Fields | null {
  try {
    return object(JSON.parse(frame))
  } catch {
    return null
  }
}

function object(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A text that is not blank. */
function nonBlank(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

function pickStrings(fields: Fields, names: readonly string[]): { [name: string]: string } {
  const found: { [name: string]: string } = {}
  for (const name of names) {
    const value = text(fields[name])
    if (value !== null) found[name] = value
  }
  return found
}
