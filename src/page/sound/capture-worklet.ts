import { createResampler } from './resampler.ts'

/** An order of the page: whether the caller is to be heard. */
export interface CaptureOrder {
  readonly open: boolean
}

/** One frame of sound for the runner, and the microphone's loudness meanwhile (0 to 1); no sound if the caller is not to be heard. */
export interface CaptureFrame {
  readonly samples: Int16Array<ArrayBuffer> | null
  readonly level: number
}

/** Length of a frame, in ms: 25 messages a second, with at most this much delay. */
const FRAME_MS = 40
/** Silence sent after the caller stops being heard, in ms: turn detection needs it to find the end of a turn. */
const SILENCE_AFTER_MS = 3_000

/** Turns the microphone's sound into frames of PCM16 at the session's rate. */
class Capture extends AudioWorkletProcessor {
  private readonly resampler
  private readonly frame: Int16Array<ArrayBuffer>
  private readonly rate: number
  private filled = 0
  private power = 0
  private measured = 0
  private isOpen = false
  private silenceLeftMs = 0

  constructor({ processorOptions }: AudioWorkletNodeOptions) {
    super()
    this.rate = processorOptions.rate
    this.resampler = createResampler(sampleRate, this.rate)
    this.frame = new Int16Array((this.rate * FRAME_MS) / 1_000)
    this.port.onmessage = ({ data }: MessageEvent<CaptureOrder>) => {
      if (this.isOpen && !data.open) this.silenceLeftMs = SILENCE_AFTER_MS
      this.isOpen = data.open
    }
  }

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    const samples = input?.[0] ?? new Float32Array(128)
    for (const sample of samples) this.power += sample * sample
    this.measured += samples.length
    for (const sample of this.resampler.push(samples)) {
      const heard = this.isOpen ? sample : 0
      this.frame[this.filled] = Math.max(-32_768, Math.min(32_767, Math.round(heard * 32_768)))
      this.filled += 1
      if (this.filled === this.frame.length) this.send()
    }
    return true
  }

  private send(): void {
    const level = Math.sqrt(this.power / Math.max(1, this.measured))
    const isSent = this.isOpen || this.silenceLeftMs > 0
    this.silenceLeftMs = Math.max(0, this.silenceLeftMs - FRAME_MS)
    this.filled = 0
    this.power = 0
    this.measured = 0
    const message: CaptureFrame = { samples: isSent ? this.frame.slice() : null, level }
    this.port.postMessage(message, isSent && message.samples !== null ? [message.samples.buffer] : [])
  }
}

registerProcessor('capture', Capture)
