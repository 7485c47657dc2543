/** One direction of one stream: what a chunk leaves in the filter continues in the next, so that there are no clicks between chunks. */
export interface Resampler {
  /** Takes the next samples and returns those that are ready: about 6 ms of sound stays in the filter at 8000 Hz. */
  push(samples: Int16Array): Int16Array
  /** Returns what is still in the filter; the next `push` begins a new stream. */
  flush(): Int16Array
}

/** Converts mono samples from one rate to another: 121 dB of signal to noise, 90 % of the lower band (libsamplerate's medium sinc). */
export async function createResampler(fromHz: number, toHz: number): Promise<Resampler> {
  if (fromHz === toHz) return { push: (samples) => samples, flush: () => new Int16Array(0) }
  // It is two megabytes: loaded only when something is resampled, not at every start.
  const { default: libsamplerate } = await import('@alexanderolsen/libsamplerate-js')
  const converterType = libsamplerate.ConverterType.SRC_SINC_MEDIUM_QUALITY
  const filter = await libsamplerate.create(1, fromHz, toHz, { converterType })
  let samplesIn = 0
  let samplesOut = 0

  return {
    push(samples) {
      samplesIn += samples.length
      const output = resample(samples)
      samplesOut += output.length
      return output
    },
    flush() {
      const missing = Math.max(0, Math.round((samplesIn * toHz) / fromHz) - samplesOut)
      const rest: number[] = []
      while (rest.length < missing) rest.push(...resample(new Int16Array(FLUSH_SAMPLES)))
      // Setting a rate is the library's way to empty the filter.
      filter.inputSampleRate = fromHz
      samplesIn = 0
      samplesOut = 0
      return Int16Array.from(rest.slice(0, missing))
    },
  }

  function resample(samples: Int16Array): Int16Array {
    const parts: Float32Array[] = []
    for (let start = 0; start < samples.length; start += BLOCK_SAMPLES) {
      parts.push(filter.full(toFloats(samples.subarray(start, start + BLOCK_SAMPLES))))
    }
    return toIntegers(parts)
  }
}

/** Samples passed through the filter at a time: well below the library's own buffer (1_008_000), even at an upward ratio of 48. */
const BLOCK_SAMPLES = 16_384
/** Silence pushed after a stream, in samples at a time, until the filter has returned everything. */
const FLUSH_SAMPLES = 512

function toFloats(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32_768)
}

function toIntegers(parts: readonly Float32Array[]): Int16Array {
  const samples = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let end = 0
  for (const part of parts) {
    for (const value of part) {
      samples[end] = Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)))
      end += 1
    }
  }
  return samples
}
