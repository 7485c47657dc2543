import { createResampler, type Resampler } from '../audio/resample.ts'
import { speakWithEspeak } from './voice/espeak.ts'
import { hum } from './voice/hum.ts'

/** How words should sound. */
export interface Manner {
  readonly voice: string
  readonly speed: number
  readonly rateHz: number
}

/** Turns one sentence into samples at the requested rate. Never fails, since it can always hum. */
export type Voice = (sentence: string, manner: Manner, stop: AbortSignal) => Promise<Int16Array>

/** A voice that uses espeak-ng, and hums if that is missing or fails. */
export function createVoice(
  kind: 'espeak' | 'hum',
  log: (message: string, fields: Record<string, unknown>) => void,
): Voice {
  const resamplers = new Map<string, Promise<Resampler>>()
  let usable = kind === 'espeak'
  // Loading the filter takes longer than the first sentence may, so it begins before anyone asks.
  if (usable) resample(new Int16Array(ESPEAK_RATE_HZ / 10), ESPEAK_RATE_HZ, USUAL_RATE_HZ).catch(() => {})

  return async (sentence, manner, stop) => {
    const words = sentence.replaceAll('_', ' ')
    const spoken = usable ? await speakWithEspeak(words, manner, stop) : null
    if (usable && spoken?.ok === false && !stop.aborted) {
      usable = !spoken.isMissing
      log('espeak-ng did not speak, humming instead', { reason: spoken.message })
    }
    if (stop.aborted) return new Int16Array(0)
    if (spoken?.ok) return resample(spoken.samples, spoken.rateHz, manner.rateHz).catch(() => hum(words, manner))
    return hum(words, manner)
  }

  async function resample(samples: Int16Array, fromHz: number, toHz: number): Promise<Int16Array> {
    const key = `${fromHz}:${toHz}`
    const resampler = resamplers.get(key) ?? createResampler(fromHz, toHz)
    resamplers.set(key, resampler)
    const { push, flush } = await resampler
    const parts = [push(samples), flush()]
    const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
    whole.set(parts[0] ?? [], 0)
    whole.set(parts[1] ?? [], parts[0]?.length ?? 0)
    return whole
  }
}

const ESPEAK_RATE_HZ = 22_050
const USUAL_RATE_HZ = 24_000
