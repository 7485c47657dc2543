import { type BufferEvent, createJitterBuffer, type PlayedItem } from './jitter-buffer.ts'
import { createResampler } from './resampler.ts'

export type PlaybackOrder =
  | {
      readonly type: 'play'
      readonly itemId: string
      readonly piece: number
      readonly fromMs: number
      readonly samples: Int16Array<ArrayBuffer>
    }
  | { readonly type: 'clear'; readonly id: number }
  | { readonly type: 'pause' | 'resume' }
  /** Nothing more will come. */
  | { readonly type: 'stop' }
  /** How long sound takes from here to the ear, in ms. */
  | { readonly type: 'latency'; readonly ms: number }

export type PlaybackReport =
  | BufferEvent
  | { readonly type: 'cleared'; readonly id: number; readonly heard: readonly PlayedItem[] }
  /** A few times a second: the agent's loudness (0 to 1), what is heard now, and the samples played so far that were not silent. */
  | { readonly type: 'level'; readonly level: number; readonly item: PlayedItem | null; readonly samples: number }

/** How often loudness and progress are reported, in ms. */
const LEVEL_MS = 60
/** The samples a browser requests at a time. */
const BLOCK_SAMPLES = 128

/** Plays pieces of PCM16 at the session's rate on the loudspeaker. */
class Playback extends AudioWorkletProcessor {
  private readonly buffer
  private readonly resampler
  /** The samples for one request, at the session's rate. */
  private readonly pulled: Float32Array
  /** What is left of them, at the loudspeaker's rate. */
  private ready: Float32Array = new Float32Array(0)
  private latencyMs = 0
  private power = 0
  private measured = 0
  private audibleSamples = 0
  private wasQuiet = true
  private isStopped = false
  private isPaused = false
  /** How long it has been paused, in ms. */
  private pausedMs = 0

  constructor({ processorOptions }: AudioWorkletNodeOptions) {
    super()
    const { rate } = processorOptions
    this.buffer = createJitterBuffer(rate)
    this.resampler = createResampler(rate, sampleRate)
    this.pulled = new Float32Array(Math.ceil((BLOCK_SAMPLES * rate) / sampleRate))
    this.port.onmessage = ({ data }: MessageEvent<PlaybackOrder>) => this.handle(data)
  }

  process(_inputs: unknown, [output]: readonly (readonly Float32Array[])[]): boolean {
    const [firstChannel, ...others] = output ?? []
    if (this.isStopped || firstChannel === undefined) return !this.isStopped
    this.fill(firstChannel)
    this.pausedMs = this.isPaused ? this.pausedMs + (firstChannel.length / sampleRate) * 1_000 : 0
    for (const channel of others) channel.set(firstChannel)
    this.measure(firstChannel)
    return true
  }

  private fill(block: Float32Array): void {
    for (let filled = 0; filled < block.length; ) {
      if (this.ready.length === 0) {
        for (const event of this.buffer.pull(this.pulled)) this.post(event)
        this.ready = this.resampler.push(this.pulled)
      }
      const part = this.ready.subarray(0, block.length - filled)
      block.set(part, filled)
      filled += part.length
      this.ready = this.ready.subarray(part.length)
    }
  }

  private handle(order: PlaybackOrder): void {
    switch (order.type) {
      case 'play':
        return this.buffer.push(order)
      case 'clear': {
        this.isPaused = false
        const heard = this.buffer.clear().map((item) => this.heardOf(item))
        return this.post({ type: 'cleared', id: order.id, heard })
      }
      case 'pause':
        this.isPaused = true
        return this.buffer.pause()
      case 'resume':
        this.isPaused = false
        return this.buffer.resume()
      case 'stop':
        this.isStopped = true
        return
      case 'latency':
        this.latencyMs = order.ms
        return
      default:
        order satisfies never
    }
  }

  private measure(block: Float32Array): void {
    for (const sample of block) {
      this.power += sample * sample
      if (sample !== 0) this.audibleSamples += 1
    }
    this.measured += block.length
    if ((this.measured / sampleRate) * 1_000 < LEVEL_MS) return
    const level = Math.sqrt(this.power / this.measured)
    const item = this.buffer.playing()
    const isQuiet = level === 0 && item === null
    if (!isQuiet || !this.wasQuiet)
      this.post({ type: 'level', level, item: item === null ? null : this.heardOf(item), samples: this.audibleSamples })
    this.wasQuiet = isQuiet
    this.power = 0
    this.measured = 0
  }

  /** What has left here is heard a little later; in full, once the pause has lasted as long as that. */
  private heardOf({ itemId, ms }: PlayedItem): PlayedItem {
    return { itemId, ms: Math.max(0, Math.floor(ms - Math.max(0, this.latencyMs - this.pausedMs))) }
  }

  private post(report: PlaybackReport): void {
    this.port.postMessage(report)
  }
}

registerProcessor('playback', Playback)
