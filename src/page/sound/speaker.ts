import type { Played, Speaker } from '../client/playback.ts'
import { createReader } from '../client/reader.ts'
import { ASIDE_RATE, type Piece } from '../protocol.ts'
import { createPlaybackNode, type PlaybackNode } from './playback-node.ts'

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

/** The most sound that waits for opening, in bytes: five minutes of PCM16 at 24 kHz. */
const BUFFERED_BYTES_MAX = 14_400_000

/** Plays the agent on the browser's loudspeaker. While the browser plays nothing, and is not about to, sound counts as read. */
export function createPageSpeaker({ onLevel }: PageSpeakerOptions): PageSpeaker {
  const reader = createReader()
  let currentRateHz = 0
  let report: (played: Played) => void = () => {}
  let opening: Promise<AudioContext> | null = null
  /** What came while the sound is being opened; null otherwise. */
  let buffered: { readonly itemId: string; readonly piece: Piece }[] | null = null
  let bufferedBytes = 0
  let context: AudioContext | null = null
  let node: PlaybackNode | null = null
  let lastPiece = 0
  let isPaused = false
  /** When the last aside ends, in s of the context. */
  let asideEndsAt = 0

  function removeNode(): void {
    node?.remove()
    node = null
  }

  function createNode(): void {
    removeNode()
    if (context === null || currentRateHz === 0) return
    node = createPlaybackNode({ context, rateHz: currentRateHz, report: (played) => report(played), onLevel })
    if (isPaused) node.pause()
  }

  function play(itemId: string, piece: Piece): void {
    if (buffered !== null) return addBuffered(itemId, piece)
    if (node?.takesSound) node.play(itemId, piece)
    else reader.play(itemId, piece)
  }

  function startBuffering(): void {
    takeBuffered()
    buffered = []
  }

  function addBuffered(itemId: string, piece: Piece): void {
    buffered?.push({ itemId, piece })
    bufferedBytes += piece.sound.byteLength
    if (bufferedBytes > BUFFERED_BYTES_MAX) playBuffered()
  }

  /** Plays what has waited, or counts it as read if there is no sound. */
  function playBuffered(): void {
    for (const { itemId, piece } of takeBuffered()) play(itemId, piece)
  }

  function takeBuffered(): NonNullable<typeof buffered> {
    const taken = buffered ?? []
    buffered = null
    bufferedBytes = 0
    return taken
  }

  return {
    open(rateHz, reportPlayed) {
      report = reportPlayed
      reader.open(rateHz, reportPlayed)
      if (rateHz === currentRateHz && node !== null) return
      // Sound waiting at another rate belongs to a session that is over.
      if (rateHz !== currentRateHz && buffered !== null) startBuffering()
      currentRateHz = rateHz
      createNode()
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
      asideEndsAt = Math.max(asideEndsAt, context.currentTime)
      source.start(asideEndsAt)
      asideEndsAt += buffer.duration
    },
    pause() {
      isPaused = true
      node?.pause()
    },
    resume() {
      isPaused = false
      node?.resume()
    },
    async clear() {
      isPaused = false
      const unheard = new Set(buffered?.splice(0).map(({ itemId }) => itemId))
      bufferedBytes = 0
      const asRead = [...(await reader.clear()), ...Array.from(unheard, (item_id) => ({ item_id, ms: 0 }))]
      if (node === null) return asRead
      const heard = await node.clear()
      onLevel(0, 0)
      return [...asRead, ...heard]
    },
    turnOn(requested) {
      if (opening === requested) return
      opening = requested
      startBuffering()
      const onOpened = (opened: AudioContext | null) => {
        if (opening !== requested) return
        context = opened
        if (opened === null) opening = null
        createNode()
        playBuffered()
      }
      requested.then(onOpened, () => onOpened(null))
    },
    turnOff() {
      opening = null
      context = null
      takeBuffered()
      removeNode()
      onLevel(0, 0)
      // What was still to be heard counts as read: nobody waits for it to be played.
      if (lastPiece > 0) report({ type: 'playback.drained', piece: lastPiece })
    },
  }
}
