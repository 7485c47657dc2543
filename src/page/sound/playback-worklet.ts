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

export type PlaybackWord =
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
  private count = 0
  private audible = 0
  private wasQuiet = true
  private isOver = false
  private isStill = false
  /** How long it has been paused, in ms. */
  private stillMs = 0

  constructor({ processorOptions }: AudioWorkletNodeOptions) {
    super()
    const { rate } = processorOptions
    this.buffer = createJitterBuffer(rate)
    this.resampler = createResampler(rate, sampleRate)
    this.pulled = new Float32Array(Math.ceil((BLOCK_SAMPLES * rate) / sampleRate))
    this.port.onmessage = ({ data }: MessageEvent<PlaybackOrder>) => this.take(data)
  }

  process(_inputs: unknown, [output]: readonly (readonly Float32Array[])[]): boolean {
    const [first, ...others] = output ?? []
    if (this.isOver || first === undefined) return !this.isOver
    this.fill(first)
    this.stillMs = this.isStill ? this.stillMs + (first.length / sampleRate) * 1_000 : 0
    for (const channel of others) channel.set(first)
    this.measure(first)
    return true
  }

  private fill(block: Float32Array): void {
    for (let filled = 0; filled < block.length; ) {
      if (this.ready.length === 0) {
        for (const event of this.buffer.pull(this.pulled)) this.say(event)
        this.ready = this.resampler.push(this.pulled)
      }
      const part = this.ready.subarray(0, block.length - filled)
      block.set(part, filled)
      filled += part.length
      this.ready = this.ready.subarray(part.length)
    }
  }

  private take(order: PlaybackOrder): void {
    switch (order.type) {
      case 'play':
        return this.buffer.push(order)
      case 'clear': {
        this.isStill = false
        const heard = this.buffer.clear().map((item) => this.atTheEar(item))
        return this.say({ type: 'cleared', id: order.id, heard })
      }
      case 'pause':
        this.isStill = true
        return this.buffer.pause()
      case 'resume':
        this.isStill = false
        return this.buffer.resume()
      case 'stop':
        this.isOver = true
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
      if (sample !== 0) this.audible += 1
    }
    this.count += block.length
    if ((this.count / sampleRate) * 1_000 < LEVEL_MS) return
    const level = Math.sqrt(this.power / this.count)
    const item = this.buffer.playing()
    const isQuiet = level === 0 && item === null
    if (!isQuiet || !this.wasQuiet)
      this.say({ type: 'level', level, item: item === null ? null : this.atTheEar(item), samples: this.audible })
    this.wasQuiet = isQuiet
    this.power = 0
    this.count = 0
  }

  /** What has left here is heard a little later; in full, once the pause has lasted as long as that. */
  private atTheEar({ itemId, ms }: PlayedItem): PlayedItem {
    return { itemId, ms: Math.max(0, Math.floor(ms - Math.max(0, this.latencyMs - this.stillMs))) }
  }

  private say(word: PlaybackWord): void {
    this.port.postMessage(word)
  }
}

registerProcessor('playback', Playback)
