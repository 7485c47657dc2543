import { type ChildProcess, spawn } from 'node:child_process'
import { lastWordsOf } from './device-capture.ts'
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
  readonly lateMs: number
  /** It can play no more; the reason is the program's last words. */
  readonly onFailed: (reason: string) => void
}

/** How far ahead of time a program is given sound, in ms: as late as a busy machine may be. */
const AHEAD_MS = 120
/** How often sound is handed on, in ms. */
const TICK_MS = 20
/** How many programs in a row may end early by themselves before playing is given up. */
const DEATHS_MAX = 3
/** A program that lived this long, in ms, was able to play: it did not end early. */
const LIVED_MS = 2_000

/** Plays through one of the system's programs. Sound is handed on as it is due, so that little of it is beyond recall. */
export function openSpeaker({ program, rateHz, lateMs, onFailed }: SpeakerOptions): Speaker {
  const bytesPerMs = (rateHz * 2) / 1_000
  const waiting: Uint8Array[] = []
  /** Sound handed on that may not have been heard yet, each part with the moment it lasts until. */
  let handedOn: readonly { readonly part: Uint8Array; readonly until: number }[] = []
  let launchedAt = 0
  let child = launch()
  let deaths = 0
  let isClosed = false
  let isStill = false
  let timer: NodeJS.Timeout | null = null
  /** When the sound handed on ends, on the monotonic clock in ms. */
  let lastsUntil = 0

  function launch(): ChildProcess {
    const [command = '', ...args] = program.play(rateHz)
    launchedAt = performance.now()
    const launched = spawn(command, args, { detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
    const lastWords = lastWordsOf(launched)
    launched.stdin?.on('error', () => {})
    launched.on('error', ({ message }) => fail(launched, message))
    launched.on('close', () => fail(launched, lastWords()))
    return launched
  }

  function fail(which: ChildProcess, reason: string): void {
    if (isClosed || which !== child) return
    deaths = performance.now() - launchedAt < LIVED_MS ? deaths + 1 : 1
    if (deaths < DEATHS_MAX) child = launch()
    else {
      close()
      onFailed(reason)
    }
  }

  function handOn(): void {
    const now = performance.now()
    lastsUntil = Math.max(lastsUntil, now)
    while (lastsUntil < now + AHEAD_MS) {
      const sound = waiting.shift()
      if (sound === undefined) break
      const part = sound.subarray(0, Math.ceil((now + AHEAD_MS - lastsUntil) * bytesPerMs) & ~1 || 2)
      if (part.byteLength < sound.byteLength) waiting.unshift(sound.subarray(part.byteLength))
      child.stdin?.write(part)
      lastsUntil += part.byteLength / bytesPerMs
      handedOn = [...handedOn.filter(({ until }) => until + lateMs > now), { part, until: lastsUntil }]
    }
    timer = waiting.length > 0 ? setTimeout(handOn, TICK_MS) : null
  }

  /** The part of the sound handed on that was not heard. */
  function unheard(): readonly Uint8Array[] {
    const now = performance.now()
    return handedOn.flatMap(({ part, until }) => {
      const bytes = Math.min(part.byteLength, Math.ceil((until + lateMs - now) * bytesPerMs) & ~1)
      return bytes > 0 ? [part.subarray(-bytes)] : []
    })
  }

  /** Replaces the program; what it has buffered is dropped with it. */
  function startAnew(): void {
    lastsUntil = 0
    handedOn = []
    const before = child
    child = launch()
    before.kill('SIGKILL')
  }

  function close(): void {
    isClosed = true
    waiting.length = 0
    if (timer !== null) clearTimeout(timer)
    child.kill('SIGKILL')
  }

  return {
    play(sound) {
      if (isClosed) return
      waiting.push(sound)
      if (timer === null && !isStill) handOn()
    },
    pause() {
      if (isClosed || isStill) return
      isStill = true
      if (timer !== null) clearTimeout(timer)
      timer = null
      const again = unheard()
      if (again.length === 0) return
      waiting.unshift(...again)
      startAnew()
    },
    resume() {
      if (isClosed || !isStill) return
      isStill = false
      handOn()
    },
    silence() {
      waiting.length = 0
      isStill = false
      if (isClosed || performance.now() >= lastsUntil) return
      startAnew()
    },
    close,
  }
}
