/** Changes the sample rate of one stream, without clicks between chunks. */
interface Resampler {
  push(samples: Float32Array): Float32Array
}

/** Zero crossings of the filter on each side: 0.7 ms at 24 kHz. */
const CROSSINGS = 16
/** The share of the lower band that passes unattenuated. */
const PASSBAND_SHARE = 0.92
/** Of the Kaiser window: the stopband is attenuated by 80 dB. */
const KAISER_BETA = 7.86

/** A windowed sinc, computed once for each position an output sample can have between two input samples. */
export function createResampler(fromHz: number, toHz: number): Resampler {
  if (fromHz === toHz) return { push: (samples) => samples }
  const phaseCount = toHz / commonDivisor(fromHz, toHz)
  /** From one output sample to the next, in positions. */
  const step = (phaseCount * fromHz) / toHz
  /** Below 1 if the rate falls: the filter then also removes what the lower rate cannot carry. */
  const scale = Math.min(1, toHz / fromHz) * PASSBAND_SHARE
  const halfTaps = Math.ceil(CROSSINGS / scale)
  const filters = Array.from({ length: phaseCount }, (_, phase) => windowedSinc(phase / phaseCount, scale, halfTaps))
  let history = new Float32Array(2 * halfTaps)
  /** Where the next output sample is: after which input sample, counted from the beginning of `history`, and at which position. */
  let position = halfTaps
  let phase = 0

  return {
    push(samples) {
      const input = new Float32Array(history.length + samples.length)
      input.set(history)
      input.set(samples, history.length)
      const last = input.length - halfTaps
      const output = new Float32Array(Math.max(0, Math.ceil(((last - position) * phaseCount) / step)))
      let count = 0
      while (position < last) {
        output[count] = convolve(input, position - halfTaps + 1, filters[phase])
        count += 1
        phase += step
        position += Math.floor(phase / phaseCount)
        phase %= phaseCount
      }
      const historyFrom = Math.max(0, position - halfTaps)
      history = input.slice(historyFrom)
      position -= historyFrom
      return output.subarray(0, count)
    },
  }
}

function convolve(input: Float32Array, from: number, filter: Float32Array = new Float32Array()): number {
  let sum = 0
  for (let index = 0; index < filter.length; index += 1) sum += (input[from + index] ?? 0) * (filter[index] ?? 0)
  return sum
}

/** The weight of each input sample for an output sample this far after the middle one. */
function windowedSinc(offset: number, scale: number, halfTaps: number): Float32Array {
  return Float32Array.from({ length: 2 * halfTaps }, (_, index) => {
    const x = (index - halfTaps + 1 - offset) * scale
    const window = bessel(KAISER_BETA * Math.sqrt(Math.max(0, 1 - (x / CROSSINGS) ** 2))) / bessel(KAISER_BETA)
    return Math.abs(x) > CROSSINGS ? 0 : sinc(x) * window * scale
  })
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

/** The modified Bessel function of order 0, as a series. */
function bessel(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-9; k += 1) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function commonDivisor(one: number, other: number): number {
  return other === 0 ? one : commonDivisor(other, one % other)
}
