import { concatSamples } from '../../audio/pcm16.ts'
import { decodeSound, rateOf, sampleBytes, type WireFormat } from '../wire-format.ts'
import {
  FRAME_MS,
  initialVad,
  type SpeechHints,
  stepVad,
  type TurnDetection,
  type VadEvent,
  vadSettings,
} from './vad.ts'

/** The settings needed for listening. */
interface ListenerSettings {
  readonly format: WireFormat
  readonly turnDetection: TurnDetection | null
  readonly hints: SpeechHints
  /** Speech ends no turn. */
  readonly isManual: boolean
}

/** Listens to the caller's sound: where turns begin and end, and how much is not committed yet. Keeps no sound. */
interface Listener {
  append(bytes: Uint8Array, settings: ListenerSettings): readonly VadEvent[]
  /** Sound since the last commit or clear, in ms. */
  readonly uncommittedMs: number
  /** Sound since the beginning, in ms: the clock of `atMs`. */
  readonly nowMs: number
  /** Drops what is uncommitted, and any speech in progress. */
  clear(): void
}

/** For the sound of one connection, from its beginning. */
export function createListener(): Listener {
  let format: WireFormat | null = null
  let partialSample: Uint8Array = new Uint8Array(0)
  let partialFrame: Int16Array = new Int16Array(0)
  let vad = initialVad(0)
  let totalMs = 0
  let committedMs = 0

  return {
    append(bytes, settings) {
      if (JSON.stringify(format) !== JSON.stringify(settings.format)) changeFormat(settings.format)
      const samples = takeWholeSamples(bytes, settings.format)
      totalMs += (samples.length * 1_000) / rateOf(settings.format)
      if (settings.turnDetection === null) {
        partialFrame = new Int16Array(0)
        vad = initialVad(Math.round(totalMs))
        return []
      }
      const events = detectSpeech(samples, settings, settings.turnDetection)
      if (events.at(-1)?.type === 'stopped' && !settings.isManual) committedMs = totalMs
      return events
    },
    get uncommittedMs() {
      return Math.floor(totalMs - committedMs)
    },
    get nowMs() {
      return totalMs
    },
    clear() {
      committedMs = totalMs
      vad = { ...vad, speechStartMs: null }
    },
  }

  function changeFormat(next: WireFormat): void {
    format = next
    partialSample = new Uint8Array(0)
    partialFrame = new Int16Array(0)
  }

  function takeWholeSamples(bytes: Uint8Array, from: WireFormat): Int16Array {
    const joined = partialSample.length === 0 ? bytes : Buffer.concat([partialSample, bytes])
    const whole = joined.length - (joined.length % sampleBytes(from))
    partialSample = joined.slice(whole)
    return decodeSound(joined.subarray(0, whole), from)
  }

  function detectSpeech(
    samples: Int16Array,
    settings: ListenerSettings,
    turnDetection: TurnDetection,
  ): readonly VadEvent[] {
    const detection = vadSettings(turnDetection, settings.hints)
    const frameSamples = (rateOf(settings.format) * FRAME_MS) / 1_000
    const sound = concatSamples([partialFrame, samples])
    const events: VadEvent[] = []
    let from = 0
    for (; from + frameSamples <= sound.length; from += frameSamples) {
      const [next, event] = stepVad(vad, sound.subarray(from, from + frameSamples), detection)
      vad = next
      if (event !== null) events.push(event)
    }
    partialFrame = sound.slice(from)
    return events
  }
}
