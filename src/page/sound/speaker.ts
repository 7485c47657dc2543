import type { Played, Speaker } from '../client/playback.ts'
import { createReader } from '../client/reader.ts'
import { ASIDE_RATE, type Heard, type Piece } from '../protocol.ts'
import type { PlaybackOrder, PlaybackReport } from './playback-worklet.ts'

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
const CLEAR_TIMEOUT_MS = 300
/** How often the runner gets the progress, in ms. */
const PROGRESS_MS = 240

/** The most sound that waits for opening, in bytes: five minutes of PCM16 at 24 kHz. */
const BUFFERED_BYTES_MAX = 14_400_000

/**
 * Plays the agent on the browser's loudspeaker. While the browser plays nothing, and is not about to, sound counts as read; but what follows
 * sound that waits in a stopped browser waits with it.
 */
export function createPageSpeaker({ onLevel }: PageSpeakerOptions): PageSpeaker {
  const reader = createReader()
  let currentRateHz = 0
  let report: (played: Played) => void = () => {}
  let opening: Promise<AudioContext> | null = null
  /** What came while the sound is being opened; null otherwise. */
  let buffered: { readonly itemId: string; readonly piece: Piece }[] | null = null
  let bufferedBytes = 0
  let context: AudioContext | null = null
  let node: AudioWorkletNode | null = null
  let progressReportedAt = 0
  let clears = 0
  let lastPiece = 0
  /** The last piece given to the worklet; null once all has been played or dropped. */
  let queuedPiece: number | null = null
  let isPaused = false
  /** When the last aside ends, in s of the context. */
  let asideEndsAt = 0
  const pendingClears = new Map<number, (heard: readonly Heard[]) => void>()

  function removeNode(): void {
    post({ type: 'stop' })
    node?.disconnect()
    node = null
    queuedPiece = null
  }

  function createNode(): void {
    removeNode()
    if (context === null || currentRateHz === 0) return
    node = new AudioWorkletNode(context, 'playback', { numberOfInputs: 0, processorOptions: { rate: currentRateHz } })
    node.port.onmessage = ({ data }: MessageEvent<PlaybackReport>) => handle(data)
    node.connect(context.destination)
    if (isPaused) post({ type: 'pause' })
  }

  function play(itemId: string, piece: Piece): void {
    if (buffered !== null) return addBuffered(itemId, piece)
    if (node === null || context === null || (context.state !== 'running' && queuedPiece === null))
      return reader.play(itemId, piece)
    queuedPiece = piece.piece
    const bytes = piece.sound.slice()
    const samples = new Int16Array(bytes.buffer, 0, bytes.byteLength >> 1)
    post({ type: 'latency', ms: (context.outputLatency ?? 0) * 1_000 })
    post({ type: 'play', itemId, piece: piece.piece, fromMs: piece.fromMs, samples }, [samples.buffer])
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

  function post(order: PlaybackOrder, transfer: Transferable[] = []): void {
    node?.port.postMessage(order, transfer)
  }

  function handle(workletReport: PlaybackReport): void {
    switch (workletReport.type) {
      case 'started':
        return report({ type: 'playback.started', item_id: workletReport.itemId })
      case 'drained':
        if (workletReport.piece === queuedPiece) queuedPiece = null
        return report({ type: 'playback.drained', piece: workletReport.piece })
      case 'cleared':
        pendingClears.get(workletReport.id)?.(workletReport.heard.map(({ itemId, ms }) => ({ item_id: itemId, ms })))
        pendingClears.delete(workletReport.id)
        return
      case 'level':
        onLevel(workletReport.level, workletReport.samples)
        if (workletReport.item === null || performance.now() - progressReportedAt < PROGRESS_MS) return
        progressReportedAt = performance.now()
        return report({ type: 'playback.progress', item_id: workletReport.item.itemId, ms: workletReport.item.ms })
      default:
        workletReport satisfies never
    }
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
      post({ type: 'pause' })
    },
    resume() {
      isPaused = false
      post({ type: 'resume' })
    },
    async clear() {
      isPaused = false
      queuedPiece = null
      const unheard = new Set(buffered?.splice(0).map(({ itemId }) => itemId))
      bufferedBytes = 0
      const asRead = [...(await reader.clear()), ...Array.from(unheard, (item_id) => ({ item_id, ms: 0 }))]
      if (node === null) return asRead
      clears += 1
      const id = clears
      const heard = await new Promise<readonly Heard[]>((resolve) => {
        pendingClears.set(id, resolve)
        post({ type: 'clear', id })
        setTimeout(() => resolve([]), CLEAR_TIMEOUT_MS)
      })
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
