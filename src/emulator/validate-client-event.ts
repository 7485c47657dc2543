import * as validators from '../generated/realtime-client-events.js'
import type { ClientEvent } from './client-event.ts'

/** The body of an `error` event. */
export interface ErrorBody {
  readonly type: string
  readonly code: string | null
  readonly message: string
  readonly param: string | null
  readonly event_id: string | null
}

type Validated =
  | { readonly ok: true; readonly event: ClientEvent; readonly dropped: readonly string[] }
  | { readonly ok: false; readonly error: ErrorBody }

/**
 * Validates one frame by the event schema: unknown keys are dropped and reported, anything else that does not fit is refused with its
 * place.
 */
export function validateClientEvent(frame: string, acceptAnyModel = false): Validated {
  const given = parse(frame)
  if (given === null) return reject(null, 'invalid_json', 'a frame must be one JSON object with a "type"', null)
  const eventId = typeof given.event_id === 'string' ? given.event_id : null
  const validate = CLIENT_VALIDATORS.get(given.type)
  if (validate === undefined) {
    const known = [...CLIENT_VALIDATORS.keys()].join(', ')
    const message = `unknown event type ${JSON.stringify(given.type)}; known are ${known}`
    return reject(eventId, 'unknown_event_type', message, 'type')
  }
  acceptBetaName(given)
  const model = acceptAnyModel ? takeModel(given) : undefined
  const dropped = dropUnknownKeys(given, validate)
  if (!validate(given)) {
    const fault = clearestFault(validate.errors ?? [])
    const param = paramOf(fault)
    return reject(eventId, 'invalid_value', `Invalid value for '${param}': ${sentenceOf(fault)}.`, param)
  }
  if (model !== undefined) Object.assign(given.session as object, { model })
  return { ok: true, event: given as unknown as ClientEvent, dropped }
}

type ValidateFunction = typeof validators.ClientEvent
type ErrorObject = NonNullable<ValidateFunction['errors']>[number]
type MutableObject = { [key: string]: unknown }

const CLIENT_VALIDATORS: ReadonlyMap<unknown, ValidateFunction> = new Map([
  ['session.update', validators.Client_session_update],
  ['input_audio_buffer.append', validators.Client_input_audio_buffer_append],
  ['input_audio_buffer.commit', validators.Client_input_audio_buffer_commit],
  ['input_audio_buffer.clear', validators.Client_input_audio_buffer_clear],
  ['conversation.item.create', validators.Client_conversation_item_create],
  ['conversation.item.truncate', validators.Client_conversation_item_truncate],
  ['conversation.item.delete', validators.Client_conversation_item_delete],
  ['conversation.item.retrieve', validators.Client_conversation_item_retrieve],
  ['response.create', validators.Client_response_create],
  ['response.cancel', validators.Client_response_cancel],
  ['output_audio_buffer.clear', validators.Client_output_audio_buffer_clear],
])

/** The most rounds of dropping keys: a key may hide a deeper one. */
const DROP_ROUNDS_MAX = 8

function parse(frame: string): MutableObject | null {
  try {
    const value: unknown = JSON.parse(frame)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is MutableObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Accepts `modalities`, the beta name of `output_modalities`, as the service does. */
function acceptBetaName(event: MutableObject): void {
  for (const holder of [event.session, event.response]) {
    if (!isObject(holder) || !('modalities' in holder) || 'output_modalities' in holder) continue
    holder.output_modalities = holder.modalities
    delete holder.modalities
  }
}

/** Takes the model out before validation: a foreign client names it without a provider. */
function takeModel(event: MutableObject): unknown {
  const { session } = event
  if (!isObject(session) || typeof session.model !== 'string') return undefined
  const { model } = session
  delete session.model
  return model
}

function dropUnknownKeys(event: MutableObject, validate: ValidateFunction): readonly string[] {
  const dropped: string[] = []
  for (let round = 0; round < DROP_ROUNDS_MAX && !validate(event); round += 1) {
    const unknown = (validate.errors ?? []).filter(({ keyword }) => keyword === 'additionalProperties')
    if (unknown.length === 0) break
    for (const error of unknown) {
      const key = String(error.params.additionalProperty)
      const holder = valueAt(event, error.instancePath)
      if (!isObject(holder) || !(key in holder)) continue
      delete holder[key]
      dropped.push(toPath(`${error.instancePath}/${key}`))
    }
  }
  return dropped
}

function valueAt(value: unknown, pointer: string): unknown {
  return segments(pointer).reduce<unknown>(
    (holder, key) => (Array.isArray(holder) ? holder[Number(key)] : isObject(holder) ? holder[key] : undefined),
    value,
  )
}

/** The deepest of the errors from a schema with alternatives; a wrong `type` only if there is no other. */
function clearestFault(errors: readonly ErrorObject[]): ErrorObject {
  const leaves = errors.filter(({ keyword }) => !['anyOf', 'oneOf', 'allOf', 'if'].includes(keyword))
  const rank = ({ instancePath, params, keyword }: ErrorObject): number => {
    const depth = segments(instancePath).length * 2
    if (keyword === 'type' && params.type === 'null') return -1
    return instancePath.endsWith('/type') ? depth - 1 : depth
  }
  return leaves.toSorted((one, other) => rank(other) - rank(one))[0] ?? (errors[0] as ErrorObject)
}

function paramOf({ instancePath, keyword, params }: ErrorObject): string {
  return toPath(keyword === 'required' ? `${instancePath}/${params.missingProperty}` : instancePath)
}

function sentenceOf({ keyword, message, params }: ErrorObject): string {
  if (keyword === 'required') return 'it is required'
  if (keyword === 'enum') return `it must be one of ${params.allowedValues.join(', ')}`
  if (keyword === 'const') return `it must be ${JSON.stringify(params.allowedValue)}`
  return `it ${message ?? 'does not fit'}`
}

/** Turns `/session/tools/0/name` into `session.tools[0].name`. */
function toPath(pointer: string): string {
  return segments(pointer)
    .map((key, index) => (/^\d+$/.test(key) ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('')
}

function segments(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function reject(eventId: string | null, code: string, message: string, param: string | null): Validated {
  return { ok: false, error: { type: 'invalid_request_error', code, message, param, event_id: eventId } }
}
