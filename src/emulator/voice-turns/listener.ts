import { decodeSound, rateOf, sampleBytes, type WireFormat } from '../wire-format.ts'
import {
  FRAME_MS,
  FRESH_VAD,
  hearFrame,
  type SpeechHints,
  type TurnDetection,
  type VadEvent,
  vadSettings,
} from './vad.ts'

/** The settings needed for listening. */
interface Hearing {
  readonly format: WireFormat
  readonly turnDetection: TurnDetection | null
  readonly hints: SpeechHints
  /** Speech ends no turn. */
  readonly isManual: boolean
}

/** Listens to the caller's sound: where turns begin and end, and how much is not committed yet. Keeps no sound. */
interface Listener {
  append(bytes: Uint8Array, hearing: Hearing): readonly VadEvent[]
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
  let odd: Uint8Array = new Uint8Array(0)
  let unheard: Int16Array = new Int16Array(0)
  let vad = FRESH_VAD
  let totalMs = 0
  let committedMs = 0

  return {
    append(bytes, hearing) {
      if (JSON.stringify(format) !== JSON.stringify(hearing.format)) startOver(hearing.format)
      const samples = wholeSamples(bytes, hearing.format)
      totalMs += (samples.length * 1_000) / rateOf(hearing.format)
      if (hearing.turnDetection === null) return []
      const heard = listen(samples, hearing, hearing.turnDetection)
      if (heard.at(-1)?.type === 'stopped' && !hearing.isManual) committedMs = totalMs
      return heard
    },
    get uncommittedMs() {
      return Math.floor(totalMs - committedMs)
    },
    get nowMs() {
      return totalMs
    },
    clear() {
      committedMs = totalMs
      vad = { ...vad, speechFromMs: null }
    },
  }

  function startOver(next: WireFormat): void {
    format = next
    odd = new Uint8Array(0)
    unheard = new Int16Array(0)
  }

  function wholeSamples(bytes: Uint8Array, from: WireFormat): Int16Array {
    const joined = odd.length === 0 ? bytes : Buffer.concat([odd, bytes])
    const whole = joined.length - (joined.length % sampleBytes(from))
    odd = joined.slice(whole)
    return decodeSound(joined.subarray(0, whole), from)
  }

  function listen(samples: Int16Array, hearing: Hearing, turnDetection: TurnDetection): readonly VadEvent[] {
    const settings = vadSettings(turnDetection, hearing.hints)
    const frameSamples = (rateOf(hearing.format) * FRAME_MS) / 1_000
    const sound = new Int16Array(unheard.length + samples.length)
    sound.set(unheard, 0)
    sound.set(samples, unheard.length)
    const heard: VadEvent[] = []
    let from = 0
    for (; from + frameSamples <= sound.length; from += frameSamples) {
      const [next, event] = hearFrame(vad, sound.subarray(from, from + frameSamples), settings)
      vad = next
      if (event !== null) heard.push(event)
    }
    unheard = sound.slice(from)
    return heard
  }
}
