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
const START_MS = 60
/** The most that is gathered, in ms; it grows each time the sound ran dry in the middle. */
const START_MAX_MS = 240
/** Sound that comes this soon after the buffer ran dry belonged to the same stream, in ms. */
const GAP_MS = 500
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
  let isStill = false
  let startMs = START_MS
  /** Samples pulled since the first waiting chunk came, and since the buffer ran dry. */
  let held = 0
  let dry = Number.POSITIVE_INFINITY
  let fade: { readonly step: number; left: number } | null = null
  let last = 0
  /** Samples left of the fade-in. */
  let rise = 0
  const played = new Map<string, number>()

  function fadeFrom(sample: number) {
    return { step: sample / fadeSamples, left: fadeSamples }
  }

  function isReady(): boolean {
    const ms = (held / rateHz) * 1_000
    const buffered = waiting.reduce((sum, { samples }) => sum + samples.length, 0)
    return waiting.length > 0 && (ms >= startMs || (buffered / rateHz) * 1_000 >= startMs)
  }

  function note({ itemId, fromMs, samples }: Chunk): void {
    played.set(itemId, fromMs + (Math.min(offset, samples.length) / rateHz) * 1_000)
    const [oldest] = played.keys()
    if (played.size > ITEMS_MAX && oldest !== undefined) played.delete(oldest)
  }

  return {
    push(chunk) {
      if (!isPlaying && waiting.length === 0) {
        held = 0
        const isGap = (dry / rateHz) * 1_000 < GAP_MS
        if (isGap) startMs = Math.min(START_MAX_MS, startMs * 1.5)
        else startMs = Math.max(START_MS, startMs / 1.5)
      }
      waiting.push(chunk)
    },
    pull(block) {
      block.fill(0)
      const events: BufferEvent[] = []
      if (!isPlaying) {
        held += block.length
        dry += block.length
        const [first] = waiting
        if (!isStill && isReady() && first !== undefined) {
          isPlaying = true
          rise = fadeSamples
          events.push({ type: 'started', itemId: first.itemId })
        }
      }
      let filled = 0
      let fadesAt = 0
      while (isPlaying && !isStill && filled < block.length) {
        const [chunk] = waiting
        if (chunk === undefined) break
        const part = block.subarray(filled, filled + chunk.samples.length - offset)
        for (let index = 0; index < part.length; index += 1) {
          part[index] = ((chunk.samples[offset + index] ?? 0) / 32_768) * (1 - rise / fadeSamples)
          rise = Math.max(0, rise - 1)
        }
        filled += part.length
        offset += part.length
        note(chunk)
        if (offset < chunk.samples.length) continue
        waiting.shift()
        offset = 0
        const [next] = waiting
        if (next !== undefined) {
          if (next.itemId !== chunk.itemId) events.push({ type: 'started', itemId: next.itemId })
          continue
        }
        isPlaying = false
        dry = 0
        fade = fadeFrom(filled === 0 ? last : (block[filled - 1] ?? 0))
        fadesAt = filled
        events.push({ type: 'drained', piece: chunk.piece })
      }
      if (fade !== null) fadeOut(block.subarray(fadesAt), fade)
      if (fade?.left === 0) fade = null
      last = block[block.length - 1] ?? 0
      return events
    },
    pause() {
      if (isPlaying && !isStill) fade = fadeFrom(last)
      isStill = true
    },
    resume() {
      if (isStill) rise = fadeSamples
      isStill = false
    },
    clear() {
      const items = new Set([...played.keys(), ...waiting.map(({ itemId }) => itemId)])
      const heard = [...items].map((itemId) => ({ itemId, ms: played.get(itemId) ?? 0 }))
      played.clear()
      if (isPlaying) fade = fadeFrom(last)
      waiting = []
      offset = 0
      isPlaying = false
      isStill = false
      dry = Number.POSITIVE_INFINITY
      return heard
    },
    playing() {
      const itemId = isPlaying && !isStill ? waiting[0]?.itemId : undefined
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
