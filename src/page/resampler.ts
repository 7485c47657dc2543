/** Changes the rate of one stream of samples; borders between chunks do not click. */
interface Resampler {
  push(samples: Float32Array): Float32Array
}

/** Zero crossings of the filter on each side: 0.7 ms at 24 kHz. */
const CROSSINGS = 16
/** Points of the filter's table between two crossings. */
const POINTS = 256
/** Share of the lower band that passes whole. */
const PASS = 0.92

/** A windowed sinc (Kaiser, 80 dB), drawn once into a table and read between its points. */
export function createResampler(fromHz: number, toHz: number): Resampler {
  if (fromHz === toHz) return { push: (samples) => samples }
  const step = fromHz / toHz
  /** Below 1 when the rate falls: the filter then also keeps out what the lower rate cannot carry. */
  const scale = Math.min(1, toHz / fromHz) * PASS
  const reach = Math.ceil(CROSSINGS / scale)
  let past = new Float32Array(2 * reach)
  /** Where the next output sample lies, in input samples from the beginning of `past`. */
  let at = reach

  return {
    push(samples) {
      const input = new Float32Array(past.length + samples.length)
      input.set(past)
      input.set(samples, past.length)
      const last = input.length - reach
      const output = new Float32Array(Math.max(0, Math.ceil((last - at) / step)))
      let count = 0
      for (; at < last; at += step) {
        output[count] = sampleAt(input, at, scale, reach)
        count += 1
      }
      const keepFrom = Math.max(0, Math.floor(at) - reach)
      past = input.slice(keepFrom)
      at -= keepFrom
      return output.subarray(0, count)
    },
  }
}

function sampleAt(input: Float32Array, at: number, scale: number, reach: number): number {
  const centre = Math.floor(at)
  let sum = 0
  for (let index = centre - reach + 1; index <= centre + reach; index += 1) {
    sum += (input[index] ?? 0) * filter(Math.abs(index - at) * scale)
  }
  return sum * scale
}

const table = drawFilter()

function filter(crossings: number): number {
  const point = crossings * POINTS
  const low = Math.floor(point)
  const value = table[low] ?? 0
  return value + (point - low) * ((table[low + 1] ?? 0) - value)
}

function drawFilter(): Float32Array {
  const beta = 7.86
  const drawn = new Float32Array(CROSSINGS * POINTS + 2)
  for (let index = 0; index <= CROSSINGS * POINTS; index += 1) {
    const x = index / POINTS
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
    drawn[index] = (sinc * bessel(beta * Math.sqrt(1 - (x / CROSSINGS) ** 2))) / bessel(beta)
  }
  return drawn
}

/** The modified Bessel function of order 0, as a series. */
function bessel(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; k < 40; k += 1) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}
