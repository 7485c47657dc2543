import { decode, encode } from '../../audio/coding.ts'
import { type SoundFormat, silence } from '../../audio/format.ts'
import { toBytes, toSamples } from '../../audio/pcm16.ts'
import {
  ASIDE,
  type ChannelReport,
  type ClientMessage,
  type Heard,
  type ServerMessage,
  writePiece,
} from '../../page/protocol.ts'
import type { CallerEvent } from '../caller-event.ts'
import { addToHistory, beginningOf, type HistoryEntry, isSentToPage, repeatedOf } from './history.ts'
import type { PageLink } from './link.ts'
import { createPagePlayback, type PagePlayback } from './playback.ts'
import { createTypedLines, type TypedLines } from './typed-lines.ts'

/** A caller at a page. The page may disconnect and return while the conversation goes on. */
export interface PageCaller {
  readonly sound: {
    open(input: SoundFormat, output: SoundFormat): void
    play(itemId: string, audio: Uint8Array): void
    /** Plays a short word alongside everything else; a page that is not connected misses it. */
    playBeside(id: string, audio: Uint8Array): void
    pause(): void
    resume(): void
    clear(): void
  }
  report(report: ChannelReport): void
  /** Shows a sentence to the caller. */
  notice(level: 'info' | 'warning', message: string): void
  /** Connects a page: it gets the history, then whatever follows. The code that calls this lets the previous page go. */
  attach(link: PageLink, opened: Omit<Extract<ServerMessage, { type: 'opened' }>, 'taken' | 'buttons' | 'since'>): void
  detach(): void
  /** Takes what a returning page has played meanwhile. */
  addHeard(heard: readonly Heard[]): void
  /** Takes a message of the page. */
  handleMessage(message: CallerMessage): void
  handleSound(sound: Uint8Array): void
  readonly link: PageLink | null
  close(): void
}

/** The messages about the conversation itself. */
export type CallerMessage = Exclude<ClientMessage, { type: 'hello' | 'open' | 'end' }>

/**
 * After how long without sound the caller's turn is taken as broken off, in ms: a page that reloads or loses its microphone does not say
 * so.
 */
const SOUND_GAP_MS = 2_500
/** Silence added after that, in ms: turn detection needs it to find the end of the turn. */
const SILENCE_AFTER_MS = 3_000

export function createPageCaller(emit: (event: CallerEvent) => void): PageCaller {
  let link: PageLink | null = null
  let formats: { readonly input: SoundFormat; readonly output: SoundFormat } | null = null
  let playback: PagePlayback | null = null
  let history: readonly HistoryEntry[] = []
  const lines = createTypedLines()
  /** Button messages received, over all connections. */
  let buttons = 0
  let silenceTimer: NodeJS.Timeout | undefined

  /** Adds silence, so that even sound that was broken off becomes a turn. */
  function appendSilence(): void {
    if (formats !== null) emit({ type: 'caller.audio', audio: silence(SILENCE_AFTER_MS, formats.input) })
  }

  function sendFormats(): void {
    if (formats === null) return
    link?.send({ type: 'sound', input_rate: formats.input.rate, output_rate: formats.output.rate })
  }

  function publish(entry: HistoryEntry): void {
    history = addToHistory(history, entry)
    link?.send(entry)
  }

  function handleText({ text, id }: Extract<CallerMessage, { type: 'text' }>): void {
    if (id === undefined || lines.accept({ id, text })) emit({ type: 'caller.text', text })
    if (id !== undefined) link?.send({ type: 'taken', id })
  }

  function handleButton(type: 'caller.committed' | 'caller.pressed'): void {
    buttons += 1
    emit({ type })
    link?.send({ type: 'buttons', count: buttons })
  }

  return {
    get link() {
      return link
    },
    sound: {
      open(input, output) {
        formats = { input, output }
        playback?.close()
        playback = createPagePlayback({ format: 'pcm', rate: output.rate }, emit)
        sendFormats()
        if (link !== null) playback.attach(link)
      },
      play(itemId, audio) {
        if (formats !== null) playback?.play(itemId, toPcm(audio, formats.output))
      },
      playBeside: (_id, audio) => link?.sendSound(writePiece({ item: ASIDE, piece: 0, fromMs: 0, sound: audio })),
      pause: () => playback?.pause(),
      resume: () => playback?.resume(),
      clear: () => playback?.clear(),
    },
    report(report) {
      if (isSentToPage(report.type)) publish({ type: 'report', report: withTypedId(report, lines) })
    },
    notice: (level, message) => publish({ type: 'notice', level, message, t: Date.now() }),
    attach(next, opened) {
      link = next
      const repeated = repeatedOf(history)
      const since = beginningOf(repeated)
      link.send({
        ...opened,
        taken: lines.takenIds,
        buttons,
        ...(since === null ? {} : { since }),
      })
      for (const entry of repeated) link.send({ ...entry, past: true })
      sendFormats()
      playback?.attach(link)
    },
    detach() {
      link = null
      playback?.detach()
    },
    addHeard(heard) {
      for (const { item_id, ms } of heard) playback?.handleReport({ type: 'playback.progress', item_id, ms })
    },
    handleMessage(message) {
      switch (message.type) {
        case 'text':
          return handleText(message)
        case 'commit':
          return handleButton('caller.committed')
        case 'press':
          return handleButton('caller.pressed')
        case 'interrupt':
          return emit({ type: 'caller.interrupted' })
        case 'hold':
          return emit({ type: 'caller.held' })
        case 'pause':
          return emit({ type: 'caller.paused' })
        case 'resume':
          return emit({ type: 'caller.resumed' })
        default:
          return playback?.handleReport(message)
      }
    },
    handleSound(sound) {
      // Half a sample would shift everything after it, so each frame is cut to whole samples.
      if (formats === null || sound.byteLength < 2) return
      silenceTimer = silenceTimer?.refresh() ?? setTimeout(appendSilence, SOUND_GAP_MS)
      emit({ type: 'caller.audio', audio: fromPcm(sound, formats.input) })
    },
    close() {
      clearTimeout(silenceTimer)
      playback?.close()
      link = null
    },
  }
}

/** Adds to the report of a typed turn the id its page gave it. */
function withTypedId(report: ChannelReport, lines: TypedLines): ChannelReport {
  if (report.type !== 'caller.transcript' || report.typed !== true) return report
  const typed_id = lines.takeReportedId(String(report.text))
  return typed_id === null ? report : { ...report, typed_id }
}

/** Converts the service's format to PCM16, the only one the page uses. */
function toPcm(audio: Uint8Array, format: SoundFormat): Uint8Array {
  return format.format === 'pcm' ? audio : toBytes(decode(audio, format))
}

function fromPcm(sound: Uint8Array, format: SoundFormat): Uint8Array {
  const whole = sound.subarray(0, sound.byteLength - (sound.byteLength % 2))
  return format.format === 'pcm' ? whole : encode(toSamples(whole), format)
}
