import type { Played } from '../client/playback.ts'
import type { Heard, Piece } from '../protocol.ts'
import type { PlaybackOrder, PlaybackReport } from './playback-worklet.ts'

/** Plays sound of one rate on an open loudspeaker, in the browser's audio thread. */
export interface PlaybackNode {
  /** Whether sound is going to be heard: a stopped browser plays none, but what follows sound that waits there waits with it. */
  readonly takesSound: boolean
  play(itemId: string, piece: Piece): void
  pause(): void
  resume(): void
  /** Falls silent at once; returns how much was heard of each item that was not over. */
  clear(): Promise<readonly Heard[]>
  /** Falls silent for good. */
  remove(): void
}

interface PlaybackNodeOptions {
  readonly context: AudioContext
  readonly rateHz: number
  readonly report: (played: Played) => void
  /** The loudness, 0 to 1, a few times a second while there is sound, and the samples played so far that were not silent. */
  readonly onLevel: (level: number, samples: number) => void
}

/** How long the worklet may take to fall silent, in ms: half a ms is usual. */
const CLEAR_TIMEOUT_MS = 300
/** How often the runner gets the progress, in ms. */
const PROGRESS_MS = 240

export function createPlaybackNode({ context, rateHz, report, onLevel }: PlaybackNodeOptions): PlaybackNode {
  const node = new AudioWorkletNode(context, 'playback', { numberOfInputs: 0, processorOptions: { rate: rateHz } })
  let progressReportedAt = 0
  /** The last piece given to the worklet; null once all has been played or dropped. */
  let queuedPiece: number | null = null
  let clears = 0
  const pendingClears = new Map<number, (heard: readonly Heard[]) => void>()
  node.port.onmessage = ({ data }: MessageEvent<PlaybackReport>) => handle(data)
  node.connect(context.destination)

  function post(order: PlaybackOrder, transfer: Transferable[] = []): void {
    node.port.postMessage(order, transfer)
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
    get takesSound() {
      return context.state === 'running' || queuedPiece !== null
    },
    play(itemId, { piece, fromMs, sound }) {
      queuedPiece = piece
      const bytes = sound.slice()
      const samples = new Int16Array(bytes.buffer, 0, bytes.byteLength >> 1)
      post({ type: 'latency', ms: (context.outputLatency ?? 0) * 1_000 })
      post({ type: 'play', itemId, piece, fromMs, samples }, [samples.buffer])
    },
    pause: () => post({ type: 'pause' }),
    resume: () => post({ type: 'resume' }),
    clear() {
      queuedPiece = null
      clears += 1
      const id = clears
      return new Promise((resolve) => {
        pendingClears.set(id, resolve)
        post({ type: 'clear', id })
        setTimeout(() => {
          pendingClears.delete(id)
          resolve([])
        }, CLEAR_TIMEOUT_MS)
      })
    },
    remove() {
      post({ type: 'stop' })
      node.disconnect()
    },
  }
}
