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
  /** A few times a second: the loudness of the agent (0 to 1), what is heard now, and the samples played so far that were not silent. */
  | { readonly type: 'level'; readonly level: number; readonly item: PlayedItem | null; readonly samples: number }

/** How often the page is told of loudness and progress, in ms. */
const LEVEL_MS = 60

/** Pieces of PCM16 at the session's rate in, the loudspeaker out. */
class Playback extends AudioWorkletProcessor {
  private readonly buffer = createJitterBuffer(sampleRate)
  private readonly rate: number
  private resampler
  private latencyMs = 0
  private power = 0
  private count = 0
  private audible = 0
  private wasQuiet = true
  private isOver = false
  private isStill = false
  /** How long it has stood still since it last played, in ms. */
  private stillMs = 0

  constructor({ processorOptions }: AudioWorkletNodeOptions) {
    super()
    this.rate = processorOptions.rate
    this.resampler = createResampler(this.rate, sampleRate)
    this.port.onmessage = ({ data }: MessageEvent<PlaybackOrder>) => this.take(data)
  }

  process(_inputs: unknown, [output]: readonly (readonly Float32Array[])[]): boolean {
    const [first, ...others] = output ?? []
    if (this.isOver || first === undefined) return !this.isOver
    for (const event of this.buffer.pull(first)) {
      // The next sound is another stream: nothing of this one may be left in the filter.
      if (event.type === 'drained') this.resampler = createResampler(this.rate, sampleRate)
      this.say(event)
    }
    this.stillMs = this.isStill ? this.stillMs + (first.length / sampleRate) * 1_000 : 0
    for (const channel of others) channel.set(first)
    this.measure(first)
    return true
  }

  private take(order: PlaybackOrder): void {
    switch (order.type) {
      case 'play': {
        const samples = this.resampler.push(Float32Array.from(order.samples, (sample) => sample / 32_768))
        return this.buffer.push({ itemId: order.itemId, piece: order.piece, fromMs: order.fromMs, samples })
      }
      case 'clear': {
        this.isStill = false
        const heard = this.buffer.clear().map((item) => this.atTheEar(item))
        this.resampler = createResampler(this.rate, sampleRate)
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

  /** What has left here is heard a little later; all of it, once it has stood still for so long. */
  private atTheEar({ itemId, ms }: PlayedItem): PlayedItem {
    return { itemId, ms: Math.max(0, Math.floor(ms - Math.max(0, this.latencyMs - this.stillMs))) }
  }

  private say(word: PlaybackWord): void {
    this.port.postMessage(word)
  }
}

registerProcessor('playback', Playback)
