import { concatSamples } from '../audio/pcm16.ts'
import { createResampler, type Resampler } from '../audio/resample.ts'
import { speakWithEspeak } from './voice/espeak.ts'
import { hum } from './voice/hum.ts'
import type { VoiceSettings } from './voice/traits.ts'

/** Turns one sentence into samples at the requested rate. Never fails, since it can always hum. */
export type Voice = (sentence: string, settings: VoiceSettings, stop: AbortSignal) => Promise<Int16Array>

/** A voice that uses espeak-ng, and hums if that is missing or fails. */
export function createVoice(
  kind: 'espeak' | 'hum',
  log: (message: string, fields: Record<string, unknown>) => void,
): Voice {
  const resamplers = new Map<string, Promise<Resampler>>()
  let isEspeakUsable = kind === 'espeak'
  // Loading the filter takes longer than the first sentence may, so it begins before anyone asks.
  if (isEspeakUsable) resample(new Int16Array(ESPEAK_RATE_HZ / 10), ESPEAK_RATE_HZ, DEFAULT_RATE_HZ).catch(() => {})

  return async (sentence, settings, stop) => {
    const words = sentence.replaceAll('_', ' ')
    const spoken = isEspeakUsable ? await speakWithEspeak(words, settings, stop) : null
    if (isEspeakUsable && spoken?.ok === false && !stop.aborted) {
      isEspeakUsable = !spoken.isMissing
      log('espeak-ng did not speak, humming instead', { reason: spoken.message })
    }
    if (stop.aborted) return new Int16Array(0)
    if (spoken?.ok) return resample(spoken.samples, spoken.rateHz, settings.rateHz).catch(() => hum(words, settings))
    return hum(words, settings)
  }

  async function resample(samples: Int16Array, fromHz: number, toHz: number): Promise<Int16Array> {
    const key = `${fromHz}:${toHz}`
    const resampler = resamplers.get(key) ?? createResampler(fromHz, toHz)
    resamplers.set(key, resampler)
    const { push, flush } = await resampler
    return concatSamples([push(samples), flush()])
  }
}

const ESPEAK_RATE_HZ = 22_050
const DEFAULT_RATE_HZ = 24_000
