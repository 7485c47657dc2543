/** Changes the sample rate of one stream, without clicks between chunks. */
interface Resampler {
  push(samples: Float32Array): Float32Array
}

/** Zero crossings of the filter on each side: 0.7 ms at 24 kHz. */
const CROSSINGS = 16
/** The share of the lower band that passes unattenuated. */
const PASS = 0.92
/** Of the Kaiser window: the stopband is attenuated by 80 dB. */
const BETA = 7.86

/** A windowed sinc, computed once for each position an output sample can have between two input samples. */
export function createResampler(fromHz: number, toHz: number): Resampler {
  if (fromHz === toHz) return { push: (samples) => samples }
  const places = toHz / commonDivisor(fromHz, toHz)
  /** From one output sample to the next, in positions. */
  const step = (places * fromHz) / toHz
  /** Below 1 if the rate falls: the filter then also removes what the lower rate cannot carry. */
  const scale = Math.min(1, toHz / fromHz) * PASS
  const reach = Math.ceil(CROSSINGS / scale)
  const filters = Array.from({ length: places }, (_, place) => drawFilter(place / places, scale, reach))
  let past = new Float32Array(2 * reach)
  /** Where the next output sample is: after which input sample, counted from the beginning of `past`, and at which position. */
  let at = reach
  let place = 0

  return {
    push(samples) {
      const input = new Float32Array(past.length + samples.length)
      input.set(past)
      input.set(samples, past.length)
      const last = input.length - reach
      const output = new Float32Array(Math.max(0, Math.ceil(((last - at) * places) / step)))
      let count = 0
      while (at < last) {
        output[count] = filtered(input, at - reach + 1, filters[place])
        count += 1
        place += step
        at += Math.floor(place / places)
        place %= places
      }
      const keepFrom = Math.max(0, at - reach)
      past = input.slice(keepFrom)
      at -= keepFrom
      return output.subarray(0, count)
    },
  }
}

function filtered(input: Float32Array, from: number, filter: Float32Array = new Float32Array()): number {
  let sum = 0
  for (let index = 0; index < filter.length; index += 1) sum += (input[from + index] ?? 0) * (filter[index] ?? 0)
  return sum
}

/** The weight of each input sample for an output sample this far after the middle one. */
function drawFilter(behind: number, scale: number, reach: number): Float32Array {
  return Float32Array.from({ length: 2 * reach }, (_, index) => {
    const x = (index - reach + 1 - behind) * scale
    const window = bessel(BETA * Math.sqrt(Math.max(0, 1 - (x / CROSSINGS) ** 2))) / bessel(BETA)
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
