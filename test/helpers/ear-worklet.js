// Runs in the page's audio thread next to the page's own worklets: measures what is sent to the loudspeaker, sample by sample, even while the
// page itself is busy. A question is answered between two blocks, in order with the messages to the other worklets.

/** Below this level there is silence: -50 dB. */
const AUDIBLE = 0.003
/** The window that is loud or silent as a whole: 21 ms at 48 kHz. */
const WINDOW_SAMPLES = 1_024

class Ear extends AudioWorkletProcessor {
  sound = 0
  /** Samples since the first that was not silent. */
  since = 0
  power = 0
  count = 0

  constructor() {
    super()
    this.port.onmessage = () => this.port.postMessage({ soundMs: toMs(this.sound), sinceMs: toMs(this.since) })
  }

  process([input]) {
    const samples = input?.[0] ?? new Float32Array(128)
    for (const sample of samples) {
      this.power += sample * sample
      if (sample !== 0 || this.since > 0) this.since += 1
    }
    this.count += samples.length
    if (this.count < WINDOW_SAMPLES) return true
    if (Math.sqrt(this.power / this.count) > AUDIBLE) this.sound += this.count
    this.power = 0
    this.count = 0
    return true
  }
}

const toMs = (samples) => (samples / sampleRate) * 1_000

registerProcessor('ear', Ear)
