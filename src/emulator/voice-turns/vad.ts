/** How speech is distinguished from silence. */
interface VadSettings {
  /** How far above the noise floor a frame must be to count as speech, in dB. */
  readonly marginDb: number
  /** Silence that ends a turn, in ms. */
  readonly silenceMs: number
  /** Sound before the first loud frame that belongs to the turn, in ms. */
  readonly paddingMs: number
}

/** What was heard so far: recent levels, and where the current speech began and was last loud. */
interface VadState {
  readonly nowMs: number
  readonly levels: readonly number[]
  readonly speechStartMs: number | null
  readonly loudUntilMs: number
  readonly quietAtMs: number
}

/** Speech begins or ends; `atMs` is on the clock of the sound. */
export type VadEvent =
  | { readonly type: 'started'; readonly atMs: number }
  | { readonly type: 'stopped'; readonly atMs: number; readonly speechMs: number }

/** Length of one frame, in ms. */
export const FRAME_MS = 20

/** The state before the first frame, which begins at this whole ms on the clock of the sound. */
export function initialVad(nowMs: number): VadState {
  return { nowMs, levels: [], speechStartMs: null, loudUntilMs: nowMs, quietAtMs: nowMs }
}

/** Processes the next frame of 20 ms: energy above a noise floor, the 10th percentile of the last 3 s. */
export function stepVad(state: VadState, frame: Int16Array, settings: VadSettings): [VadState, VadEvent | null] {
  const level = levelDb(frame)
  const levels = [...state.levels.slice(1 - WINDOW_FRAMES), level]
  const nowMs = state.nowMs + FRAME_MS
  const quietAtMs = level < FLOOR_MAX_DB ? nowMs : state.quietAtMs
  const floor = noiseFloor(levels, nowMs - quietAtMs)
  const isLoud = (each: number): boolean => each > LEVEL_MIN_DB && each > floor + settings.marginDb
  const loudUntilMs = isLoud(level) ? nowMs : state.loudUntilMs
  const next = { nowMs, levels, quietAtMs, loudUntilMs, speechStartMs: state.speechStartMs }

  if (state.speechStartMs === null) {
    const recent = levels.slice(-ONSET_WINDOW_FRAMES)
    if (!isLoud(level) || recent.filter(isLoud).length < ONSET_FRAMES) return [next, null]
    const speechStartMs = nowMs - FRAME_MS * (recent.length - recent.findIndex(isLoud))
    return [
      { ...next, speechStartMs },
      { type: 'started', atMs: Math.max(0, speechStartMs - settings.paddingMs) },
    ]
  }
  if (nowMs - loudUntilMs < settings.silenceMs) return [next, null]
  return [
    { ...next, speechStartMs: null },
    { type: 'stopped', atMs: nowMs, speechMs: loudUntilMs - state.speechStartMs },
  ]
}

/** The settings for a `turn_detection` object and `providerData.stt`. */
export function vadSettings(turnDetection: TurnDetection, stt: SpeechHints = {}): VadSettings {
  const threshold = stt.vad_threshold ?? turnDetection.threshold ?? 0.5
  const silenceMs =
    stt.min_end_of_turn_silence ??
    (turnDetection.type === 'server_vad'
      ? (turnDetection.silence_duration_ms ?? 500)
      : EAGERNESS_SILENCE_MS[turnDetection.eagerness ?? 'auto'])
  return {
    marginDb: 3 + 12 * threshold,
    silenceMs: Math.max(SILENCE_MIN_MS, silenceMs),
    paddingMs: turnDetection.prefix_padding_ms ?? 300,
  }
}

/** `turn_detection` of a session. */
export interface TurnDetection {
  readonly type: 'semantic_vad' | 'server_vad'
  readonly eagerness?: 'low' | 'medium' | 'high' | 'auto'
  readonly threshold?: number
  readonly prefix_padding_ms?: number
  readonly silence_duration_ms?: number
  readonly idle_timeout_ms?: number | null
  readonly create_response: boolean
  readonly interrupt_response: boolean
}

/** What `providerData.stt` says about the end of turns; it takes precedence over `turn_detection`. */
export interface SpeechHints {
  readonly vad_threshold?: number
  readonly min_end_of_turn_silence?: number
}

/** Silences in ms, far shorter than the service's longest: nobody wants to wait 8 s in a rehearsal. */
const EAGERNESS_SILENCE_MS = { low: 1_200, medium: 800, auto: 800, high: 500 }
/** The shortest silence that ends a turn, in ms: below it, every gap between words would. */
const SILENCE_MIN_MS = 100
/** Frames for the noise floor: 3 s. */
const WINDOW_FRAMES = 150
/** Speech begins at 3 loud frames of the last 5, so that a click does not count. */
const ONSET_FRAMES = 3
const ONSET_WINDOW_FRAMES = 5
/** Anything softer than this is not speech, in dB of full scale. */
const LEVEL_MIN_DB = -50
/** A floor above this is speech without a pause rather than noise, until it has lasted `NOISE_AFTER_MS`. */
const FLOOR_MAX_DB = -38
const NOISE_AFTER_MS = 8_000

function noiseFloor(levels: readonly number[], sinceQuietMs: number): number {
  const floor = levels.toSorted((one, other) => one - other)[Math.floor(levels.length / 10)] ?? FLOOR_MAX_DB
  return sinceQuietMs < NOISE_AFTER_MS ? Math.min(floor, FLOOR_MAX_DB) : floor
}

function levelDb(frame: Int16Array): number {
  let sum = 0
  for (const sample of frame) sum += sample * sample
  return 10 * Math.log10(sum / Math.max(1, frame.length) / 32_768 ** 2 + 1e-10)
}
