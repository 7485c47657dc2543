import { type ChildProcess, spawn } from 'node:child_process'
import { exitReasonOf } from './device-capture.ts'
import type { SoundProgram } from './sound-programs.ts'

export interface Speaker {
  /** Plays PCM16 after what is playing. */
  play(sound: Uint8Array): void
  /** Falls silent at once; `resume()` continues with what was not heard. Sound played meanwhile queues behind it. */
  pause(): void
  resume(): void
  /** Falls silent at once, and drops what was not heard. */
  silence(): void
  close(): void
}

interface SpeakerOptions {
  readonly program: SoundProgram
  readonly rateHz: number
  /** From handing sound on to hearing it, in ms. */
  readonly latencyMs: number
  /**
   * It cannot play; the reason is the program's last words. Sound is dropped until it can again, which is tried with what is to be played
   * later.
   */
  readonly onFailed: (reason: string) => void
}

/** How far ahead of time a program is given sound, in ms: as late as a busy machine may be. */
const WRITE_AHEAD_MS = 120
/** How often sound is handed on, in ms. */
const TICK_MS = 20
/** How many programs in a row may end early by themselves before playing is given up. */
const EARLY_EXITS_MAX = 3
/** How long after that playing is not tried again, in ms. */
const RETRY_AFTER_MS = 2_000
/** A program that lived this long, in ms, was able to play: it did not end early. */
const EARLY_EXIT_MS = 2_000
/** The most sound that may wait for a program to take it, in ms: one that takes none plays none. */
const UNTAKEN_MS_MAX = 3_000

/** Plays through one of the system's programs. Sound is handed on as it is due, so that little of it is beyond recall. */
export function openSpeaker({ program, rateHz, latencyMs, onFailed }: SpeakerOptions): Speaker {
  const bytesPerMs = (rateHz * 2) / 1_000
  const waiting: Uint8Array[] = []
  /** Sound handed on that may not have been heard yet, each part with the moment it lasts until. */
  let written: readonly { readonly part: Uint8Array; readonly until: number }[] = []
  let launchedAt = 0
  let child = launch()
  let earlyExits = 0
  /** When playing was given up, on the monotonic clock in ms; null if it was not. */
  let givenUpAt: number | null = null
  let isReported = false
  let isClosed = false
  let isPaused = false
  let timer: NodeJS.Timeout | null = null
  /** When the sound handed on ends, on the monotonic clock in ms. */
  let endsAt = 0

  function launch(): ChildProcess {
    const [command = '', ...args] = program.play(rateHz)
    launchedAt = performance.now()
    const launched = spawn(command, args, { detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
    const exitReason = exitReasonOf(launched)
    launched.stdin?.on('error', () => {})
    launched.on('error', ({ message }) => onExit(launched, message))
    launched.on('close', () => onExit(launched, exitReason()))
    return launched
  }

  function onExit(exited: ChildProcess, reason: string): void {
    if (isClosed || givenUpAt !== null || exited !== child) return
    const wasEarly = performance.now() - launchedAt < EARLY_EXIT_MS
    earlyExits = wasEarly ? earlyExits + 1 : 1
    if (!wasEarly) isReported = false
    if (earlyExits < EARLY_EXITS_MAX) child = launch()
    else giveUp(reason)
  }

  function giveUp(reason: string): void {
    stop()
    givenUpAt = performance.now()
    if (!isReported) onFailed(reason)
    isReported = true
  }

  /** Whether sound is taken. After a while, playing is tried again. */
  function isReady(): boolean {
    if (isClosed) return false
    if (givenUpAt === null) return true
    if (performance.now() < givenUpAt + RETRY_AFTER_MS) return false
    givenUpAt = null
    earlyExits = 0
    child = launch()
    return true
  }

  function writeDue(): void {
    if ((child.stdin?.writableLength ?? 0) > UNTAKEN_MS_MAX * bytesPerMs)
      return giveUp(`${program.name} takes no more sound`)
    const now = performance.now()
    endsAt = Math.max(endsAt, now)
    while (endsAt < now + WRITE_AHEAD_MS) {
      const sound = waiting.shift()
      if (sound === undefined) break
      const part = sound.subarray(0, Math.ceil((now + WRITE_AHEAD_MS - endsAt) * bytesPerMs) & ~1 || 2)
      if (part.byteLength < sound.byteLength) waiting.unshift(sound.subarray(part.byteLength))
      child.stdin?.write(part)
      endsAt += part.byteLength / bytesPerMs
      written = [...written.filter(({ until }) => until + latencyMs > now), { part, until: endsAt }]
    }
    timer = waiting.length > 0 ? setTimeout(writeDue, TICK_MS) : null
  }

  /** The part of the sound handed on that was not heard. */
  function unheard(): readonly Uint8Array[] {
    const now = performance.now()
    return written.flatMap(({ part, until }) => {
      const bytes = Math.min(part.byteLength, Math.ceil((until + latencyMs - now) * bytesPerMs) & ~1)
      return bytes > 0 ? [part.subarray(-bytes)] : []
    })
  }

  /** Replaces the program; what it has buffered is dropped with it. */
  function restart(): void {
    endsAt = 0
    written = []
    const before = child
    child = launch()
    before.kill('SIGKILL')
  }

  function stop(): void {
    waiting.length = 0
    written = []
    endsAt = 0
    if (timer !== null) clearTimeout(timer)
    timer = null
    child.kill('SIGKILL')
  }

  return {
    play(sound) {
      if (!isReady()) return
      waiting.push(sound)
      if (timer === null && !isPaused) writeDue()
    },
    pause() {
      if (isClosed || isPaused) return
      isPaused = true
      if (timer !== null) clearTimeout(timer)
      timer = null
      const replayed = unheard()
      if (replayed.length === 0) return
      waiting.unshift(...replayed)
      restart()
    },
    resume() {
      if (isClosed || !isPaused) return
      isPaused = false
      writeDue()
    },
    silence() {
      waiting.length = 0
      isPaused = false
      if (isClosed || performance.now() >= endsAt) return
      restart()
    },
    close() {
      isClosed = true
      stop()
    },
  }
}
