import { isVoice, STT_MODELS, TTS_MODELS } from './catalogue.ts'
import type { Tool, ToolChoice } from './client-event.ts'
import { isObject, type JsonObject } from './json-object.ts'
import type { SpeechHints, TurnDetection } from './voice-turns/vad.ts'
import { normalizeFormat, type WireFormat } from './wire-format.ts'

/** The settings in force, as `session.created` and `session.updated` show them. */
export interface Session {
  readonly id: string
  readonly object: 'realtime.session'
  readonly type: 'realtime'
  readonly expires_at: number
  readonly model: string
  readonly instructions: string
  readonly output_modalities: readonly ('audio' | 'text')[]
  readonly max_output_tokens: number | 'inf'
  readonly audio: {
    readonly input: {
      readonly format: WireFormat
      readonly transcription: { readonly model?: string } | null
      readonly turn_detection: TurnDetection | null
    }
    readonly output: {
      readonly format: WireFormat
      readonly model: string
      readonly voice: string
      readonly speed: number
    }
  }
  readonly tools: readonly Tool[]
  readonly tool_choice: ToolChoice
  readonly providerData?: {
    readonly auto_tool_response?: boolean
    readonly stt?: SpeechHints
    readonly backchannel?: BackchannelSettings
  }
}

/** The parts of `providerData.backchannel` that a rehearsal uses. */
interface BackchannelSettings {
  readonly enabled?: boolean
  readonly min_speech_ms?: number
  readonly min_gap_ms?: number
  readonly max_per_turn?: number
  readonly allowed_phrases?: readonly string[]
}

type UpdateResult =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly param: string; readonly message: string }

/** A session's settings before any update. */
export function defaultSession(id: string, nowMs: number): Session {
  return {
    id,
    object: 'realtime.session',
    type: 'realtime',
    expires_at: expiry(nowMs),
    model: 'google-ai-studio/gemini-2.5-flash',
    instructions: '',
    output_modalities: ['audio', 'text'],
    max_output_tokens: 'inf',
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        transcription: { model: 'inworld/inworld-stt-1' },
        turn_detection: { type: 'semantic_vad', eagerness: 'auto', create_response: true, interrupt_response: true },
      },
      output: { format: { type: 'audio/pcm', rate: 24_000 }, model: 'inworld-tts-2', voice: 'Dennis', speed: 1 },
    },
    tools: [],
    tool_choice: 'auto',
  }
}

/** Merges a schema-valid update into the settings: objects merge; arrays, formats and turn detection are replaced. All of it or nothing. */
export function updateSession(
  session: Session,
  update: JsonObject,
  options: { readonly acceptAnyModel: boolean; readonly isFirst: boolean; readonly nowMs: number },
): UpdateResult {
  const fault =
    (options.acceptAnyModel ? null : unknownId(update)) ?? (options.isFirst ? null : lockedField(session, update))
  if (fault !== null) return { ok: false, ...fault }
  const merged = merge(session as unknown as JsonObject, update, '') as unknown as Session
  return { ok: true, session: { ...merged, expires_at: expiry(options.nowMs) } }
}

/** Reads a path such as `audio.output.voice` or `tools[0].name` from an object. */
export function settingAt(object: unknown, path: string): unknown {
  const keys = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
  return keys.reduce<unknown>((holder, key) => (Object(holder) as { readonly [key: string]: unknown })[key], object)
}

/** A copy of an object without what is at a path. */
export function withoutSetting(object: JsonObject, path: string): JsonObject {
  const [key = '', ...rest] = path.split('.')
  const { [key]: value, ...others } = object
  return rest.length > 0 && isObject(value) ? { ...others, [key]: withoutSetting(value, rest.join('.')) } : others
}

/** How long a session lives without an update, in s: the service's 15 minutes of inactivity. */
const LIFETIME_S = 15 * 60

function expiry(nowMs: number): number {
  return Math.floor(nowMs / 1_000) + LIFETIME_S
}

type Fault = { readonly param: string; readonly message: string }

function unknownId(update: JsonObject): Fault | null {
  const checks: readonly (readonly [path: string, what: string, fits: (id: string) => boolean])[] = [
    ['audio.input.transcription.model', 'transcription model', (id) => STT_MODELS.includes(id)],
    ['audio.output.model', 'speech model', (id) => TTS_MODELS.includes(id)],
    ['audio.output.voice', 'voice', isVoice],
  ]
  for (const [path, what, fits] of checks) {
    const id = settingAt(update, path)
    if (typeof id === 'string' && !fits(id))
      return { param: `session.${path}`, message: `Unsupported ${what}: '${id}'.` }
  }
  return null
}

/** Settings that only the first update may choose, since the voice's context is fixed then. */
const LOCKED_PATHS = ['providerData.tts.conversational', 'providerData.tts.user_turn_mode']

function lockedField(session: Session, update: JsonObject): Fault | null {
  const path = LOCKED_PATHS.find((each) => {
    const value = settingAt(update, each)
    return value !== undefined && value !== settingAt(session, each)
  })
  if (path === undefined) return null
  return { param: `session.${path}`, message: `'${path}' cannot change once the session is open.` }
}

function merge(base: JsonObject, update: JsonObject, path: string): JsonObject {
  const merged: { [key: string]: unknown } = { ...base }
  for (const [key, value] of Object.entries(update)) {
    const childPath = path === '' ? key : `${path}.${key}`
    const before = base[key]
    if (FORMAT_PATHS.includes(childPath)) merged[key] = normalizeFormat(value as string)
    else if (REPLACED_PATHS.includes(childPath)) merged[key] = value
    else if (childPath === 'audio.input.turn_detection') merged[key] = fullTurnDetection(value as JsonObject | null)
    else merged[key] = isObject(value) ? merge(isObject(before) ? before : {}, value, childPath) : value
  }
  return merged
}

const FORMAT_PATHS = ['audio.input.format', 'audio.output.format']
/** Objects that are replaced as a whole: a mixture of two would mean nothing. */
const REPLACED_PATHS = ['tool_choice', 'truncation', 'tracing', 'prompt', 'providerData.memory.state']

function fullTurnDetection(given: JsonObject | null): JsonObject | null {
  if (given === null) return null
  const defaults =
    given.type === 'server_vad'
      ? { threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 }
      : { eagerness: 'auto' }
  return { ...defaults, create_response: true, interrupt_response: true, ...given }
}
