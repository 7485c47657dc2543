import type { Played, Speaker } from '../client/hearing.ts'
import { createReader } from '../client/reader.ts'
import { ASIDE_RATE, type Heard, type Piece } from '../protocol.ts'
import type { PlaybackOrder, PlaybackWord } from './playback-worklet.ts'

interface PageSpeaker extends Speaker {
  pause(): void
  resume(): void
  /** The page was touched and the browser is opening its sound, which takes a while: what arrives meanwhile waits for it. */
  turnOn(opening: Promise<AudioContext>): void
  turnOff(): void
}

interface PageSpeakerOptions {
  /** The agent's loudness, 0 to 1, a few times a second while it speaks, and the samples played so far that were not silent. */
  readonly onLevel: (level: number, samples: number) => void
}

/** How long the worklet may take to fall silent, in ms: half a ms is usual. */
const CLEAR_MS = 300
/** How often the runner gets the progress, in ms. */
const PROGRESS_MS = 240

/** The most sound that waits for opening, in bytes: five minutes of PCM16 at 24 kHz. */
const WAITING_BYTES_MAX = 14_400_000

/** Plays the agent on the browser's loudspeaker. While the browser plays nothing, and is not about to, sound counts as read. */
export function createPageSpeaker({ onLevel }: PageSpeakerOptions): PageSpeaker {
  const reader = createReader()
  let rate = 0
  let tell: (played: Played) => void = () => {}
  let opening: Promise<AudioContext> | null = null
  /** What came while the sound is being opened; null otherwise. */
  let waiting: { readonly itemId: string; readonly piece: Piece }[] | null = null
  let waitingBytes = 0
  let context: AudioContext | null = null
  let node: AudioWorkletNode | null = null
  let toldAt = 0
  let clears = 0
  let lastPiece = 0
  let isStill = false
  /** When the last aside ends, in s of the context. */
  let asideUntil = 0
  const clearing = new Map<number, (heard: readonly Heard[]) => void>()

  function drop(): void {
    order({ type: 'stop' })
    node?.disconnect()
    node = null
  }

  function build(): void {
    drop()
    if (context === null || rate === 0) return
    node = new AudioWorkletNode(context, 'playback', { numberOfInputs: 0, processorOptions: { rate } })
    node.port.onmessage = ({ data }: MessageEvent<PlaybackWord>) => take(data)
    node.connect(context.destination)
    if (isStill) order({ type: 'pause' })
  }

  function play(itemId: string, piece: Piece): void {
    if (waiting !== null) return wait(itemId, piece)
    if (node === null || context?.state !== 'running') return reader.play(itemId, piece)
    const bytes = piece.sound.slice()
    const samples = new Int16Array(bytes.buffer, 0, bytes.byteLength >> 1)
    order({ type: 'latency', ms: (context.outputLatency ?? 0) * 1_000 })
    order({ type: 'play', itemId, piece: piece.piece, fromMs: piece.fromMs, samples }, [samples.buffer])
  }

  function startWaiting(): void {
    forgetWaiting()
    waiting = []
  }

  function wait(itemId: string, piece: Piece): void {
    waiting?.push({ itemId, piece })
    waitingBytes += piece.sound.byteLength
    if (waitingBytes > WAITING_BYTES_MAX) endWaiting()
  }

  /** Plays what has waited, or counts it as read if there is no sound. */
  function endWaiting(): void {
    for (const { itemId, piece } of forgetWaiting()) play(itemId, piece)
  }

  function forgetWaiting(): NonNullable<typeof waiting> {
    const forgotten = waiting ?? []
    waiting = null
    waitingBytes = 0
    return forgotten
  }

  function order(what: PlaybackOrder, transfer: Transferable[] = []): void {
    node?.port.postMessage(what, transfer)
  }

  function take(word: PlaybackWord): void {
    switch (word.type) {
      case 'started':
        return tell({ type: 'playback.started', item_id: word.itemId })
      case 'drained':
        return tell({ type: 'playback.drained', piece: word.piece })
      case 'cleared':
        clearing.get(word.id)?.(word.heard.map(({ itemId, ms }) => ({ item_id: itemId, ms })))
        clearing.delete(word.id)
        return
      case 'level':
        onLevel(word.level, word.samples)
        if (word.item === null || performance.now() - toldAt < PROGRESS_MS) return
        toldAt = performance.now()
        return tell({ type: 'playback.progress', item_id: word.item.itemId, ms: word.item.ms })
      default:
        word satisfies never
    }
  }

  return {
    open(rateHz, tellPlayed) {
      tell = tellPlayed
      reader.open(rateHz, tellPlayed)
      if (rateHz === rate && node !== null) return
      // Sound waiting at another rate belongs to a session that is over.
      if (rateHz !== rate && waiting !== null) startWaiting()
      rate = rateHz
      build()
    },
    play(itemId, piece: Piece) {
      lastPiece = piece.piece
      play(itemId, piece)
    },
    playBeside(sound) {
      if (context?.state !== 'running') return
      const bytes = sound.slice()
      const samples = Float32Array.from(
        new Int16Array(bytes.buffer, 0, bytes.byteLength >> 1),
        (value) => value / 32_768,
      )
      if (samples.length === 0) return
      const buffer = context.createBuffer(1, samples.length, ASIDE_RATE)
      buffer.copyToChannel(samples, 0)
      const source = new AudioBufferSourceNode(context, { buffer })
      source.connect(context.destination)
      asideUntil = Math.max(asideUntil, context.currentTime)
      source.start(asideUntil)
      asideUntil += buffer.duration
    },
    pause() {
      isStill = true
      order({ type: 'pause' })
    },
    resume() {
      isStill = false
      order({ type: 'resume' })
    },
    async clear() {
      isStill = false
      const unheard = new Set(waiting?.splice(0).map(({ itemId }) => itemId))
      waitingBytes = 0
      const told = [...(await reader.clear()), ...Array.from(unheard, (item_id) => ({ item_id, ms: 0 }))]
      if (node === null) return told
      clears += 1
      const id = clears
      const heard = await new Promise<readonly Heard[]>((resolve) => {
        clearing.set(id, resolve)
        order({ type: 'clear', id })
        setTimeout(() => resolve([]), CLEAR_MS)
      })
      onLevel(0, 0)
      return [...told, ...heard]
    },
    turnOn(given) {
      if (opening === given) return
      opening = given
      startWaiting()
      const end = (opened: AudioContext | null) => {
        if (opening !== given) return
        context = opened
        if (opened === null) opening = null
        build()
        endWaiting()
      }
      given.then(end, () => end(null))
    },
    turnOff() {
      opening = null
      context = null
      forgetWaiting()
      drop()
      onLevel(0, 0)
      // What was still to be heard counts as read: nobody waits for it to be played.
      if (lastPiece > 0) tell({ type: 'playback.drained', piece: lastPiece })
    },
  }
}
