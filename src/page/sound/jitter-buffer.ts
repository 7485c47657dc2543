/**
 * Buffers the agent's sound between network and loudspeaker. Time is counted in samples actually given to the loudspeaker. Chunks are not
 * processed until they are due: minutes of sound may come at once, and the audio thread has no time to spare.
 */
interface JitterBuffer {
  push(chunk: Chunk): void
  /** Fills a block for the loudspeaker; returns what began or ended in it. */
  pull(block: Float32Array): readonly BufferEvent[]
  /** Pauses from the next block on, which fades out; sound pushed meanwhile waits. */
  pause(): void
  /** Continues with the sample after the last one played. */
  resume(): void
  /** Drops all that waits; returns how much was played of each item since the last clear. The next block fades out. */
  clear(): readonly PlayedItem[]
  /** The item being played, and how much of it was played, in ms. */
  playing(): PlayedItem | null
}

interface Chunk {
  readonly itemId: string
  /** The number of the piece it came in. */
  readonly piece: number
  readonly fromMs: number
  readonly samples: Int16Array
}

export interface PlayedItem {
  readonly itemId: string
  readonly ms: number
}

export type BufferEvent =
  | { readonly type: 'started'; readonly itemId: string }
  | { readonly type: 'drained'; readonly piece: number }

/** Sound gathered before playing begins, in ms: pieces of a burst come at once, those of a stream a few ms apart. */
const PREBUFFER_MS = 60
/** The most that is gathered, in ms; it grows each time the sound ran dry in the middle. */
const PREBUFFER_MAX_MS = 240
/** Sound that comes this soon after the buffer ran dry belonged to the same stream, in ms. */
const UNDERRUN_MS = 500
/**
 * How long sound takes to fade out when stopped, and to fade in when begun, in ms: short enough to seem immediate, long enough not to
 * click. Sound may begin in the middle of a word, as after a cough or a lost connection.
 */
const FADE_MS = 3
/** Items whose played length is remembered. */
const ITEMS_MAX = 32

export function createJitterBuffer(rateHz: number): JitterBuffer {
  const fadeSamples = Math.round((rateHz * FADE_MS) / 1_000)
  let waiting: Chunk[] = []
  /** Samples played of the first chunk. */
  let offset = 0
  let isPlaying = false
  let isPaused = false
  let prebufferMs = PREBUFFER_MS
  /** Samples pulled since the first waiting chunk came, and since the buffer ran dry. */
  let samplesSinceFirst = 0
  let samplesSinceDrained = Number.POSITIVE_INFINITY
  let fade: { readonly step: number; left: number } | null = null
  let lastSample = 0
  /** Samples left of the fade-in. */
  let fadeInLeft = 0
  const played = new Map<string, number>()

  function newFadeOut(sample: number) {
    return { step: sample / fadeSamples, left: fadeSamples }
  }

  function isReady(): boolean {
    const ms = (samplesSinceFirst / rateHz) * 1_000
    const buffered = waiting.reduce((sum, { samples }) => sum + samples.length, 0)
    return waiting.length > 0 && (ms >= prebufferMs || (buffered / rateHz) * 1_000 >= prebufferMs)
  }

  function recordPlayed({ itemId, fromMs, samples }: Chunk): void {
    played.set(itemId, fromMs + (Math.min(offset, samples.length) / rateHz) * 1_000)
    const [oldest] = played.keys()
    if (played.size > ITEMS_MAX && oldest !== undefined) played.delete(oldest)
  }

  return {
    push(chunk) {
      if (!isPlaying && waiting.length === 0) {
        samplesSinceFirst = 0
        const isUnderrun = (samplesSinceDrained / rateHz) * 1_000 < UNDERRUN_MS
        if (isUnderrun) prebufferMs = Math.min(PREBUFFER_MAX_MS, prebufferMs * 1.5)
        else prebufferMs = Math.max(PREBUFFER_MS, prebufferMs / 1.5)
      }
      waiting.push(chunk)
    },
    pull(block) {
      block.fill(0)
      const events: BufferEvent[] = []
      if (!isPlaying) {
        samplesSinceFirst += block.length
        samplesSinceDrained += block.length
        const [first] = waiting
        if (!isPaused && isReady() && first !== undefined) {
          isPlaying = true
          fadeInLeft = fadeSamples
          events.push({ type: 'started', itemId: first.itemId })
        }
      }
      let filled = 0
      let fadeOutFrom = 0
      while (isPlaying && !isPaused && filled < block.length) {
        const [chunk] = waiting
        if (chunk === undefined) break
        const part = block.subarray(filled, filled + chunk.samples.length - offset)
        for (let index = 0; index < part.length; index += 1) {
          part[index] = ((chunk.samples[offset + index] ?? 0) / 32_768) * (1 - fadeInLeft / fadeSamples)
          fadeInLeft = Math.max(0, fadeInLeft - 1)
        }
        filled += part.length
        offset += part.length
        recordPlayed(chunk)
        if (offset < chunk.samples.length) continue
        waiting.shift()
        offset = 0
        const [next] = waiting
        if (next !== undefined) {
          if (next.itemId !== chunk.itemId) events.push({ type: 'started', itemId: next.itemId })
          continue
        }
        isPlaying = false
        samplesSinceDrained = 0
        fade = newFadeOut(filled === 0 ? lastSample : (block[filled - 1] ?? 0))
        fadeOutFrom = filled
        events.push({ type: 'drained', piece: chunk.piece })
      }
      if (fade !== null) fadeOut(block.subarray(fadeOutFrom), fade)
      if (fade?.left === 0) fade = null
      lastSample = block[block.length - 1] ?? 0
      return events
    },
    pause() {
      if (isPlaying && !isPaused) fade = newFadeOut(lastSample)
      isPaused = true
    },
    resume() {
      if (isPaused) fadeInLeft = fadeSamples
      isPaused = false
    },
    clear() {
      const items = new Set([...played.keys(), ...waiting.map(({ itemId }) => itemId)])
      const heard = [...items].map((itemId) => ({ itemId, ms: played.get(itemId) ?? 0 }))
      played.clear()
      if (isPlaying) fade = newFadeOut(lastSample)
      waiting = []
      offset = 0
      isPlaying = false
      isPaused = false
      samplesSinceDrained = Number.POSITIVE_INFINITY
      return heard
    },
    playing() {
      const itemId = isPlaying && !isPaused ? waiting[0]?.itemId : undefined
      return itemId === undefined ? null : { itemId, ms: played.get(itemId) ?? 0 }
    },
  }
}

function fadeOut(block: Float32Array, fade: { readonly step: number; left: number }): void {
  for (let index = 0; index < block.length && fade.left > 0; index += 1) {
    fade.left -= 1
    block[index] = (block[index] ?? 0) + fade.step * fade.left
  }
}
