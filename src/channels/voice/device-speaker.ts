import { type ChildProcess, spawn } from 'node:child_process'
import { lastWordsOf } from './device-capture.ts'
import type { SoundProgram } from './sound-programs.ts'

export interface Speaker {
  /** Plays PCM16 behind what is playing. */
  play(sound: Uint8Array): void
  /** Falls silent at once, and goes on at `resume()` with what was not heard; what is played meanwhile waits behind it. */
  pause(): void
  resume(): void
  /** Falls silent at once, and forgets what was not heard. */
  silence(): void
  close(): void
}

interface SpeakerOptions {
  readonly program: SoundProgram
  readonly rateHz: number
  /** From handing sound on to hearing it, in ms. */
  readonly lateMs: number
  /** It cannot play any more; the program's last words. */
  readonly onFailed: (reason: string) => void
}

/** How much sound a program is given before it is due, in ms: what a busy machine may be late by. */
const AHEAD_MS = 120
/** How often sound is handed on, in ms. */
const TICK_MS = 20
/** Programs that may die soon, one after the other, without having been told to. */
const DEATHS_MAX = 3
/** One that has lived for so long, in ms, was able to play: it did not die soon. */
const LIVED_MS = 2_000

/** A loudspeaker by a program of the system. Sound is handed on as it is due, so that little of it is beyond recall. */
export function openSpeaker({ program, rateHz, lateMs, onFailed }: SpeakerOptions): Speaker {
  const bytesPerMs = (rateHz * 2) / 1_000
  const waiting: Uint8Array[] = []
  /** What was handed on and may not have been heard yet, each part with the moment until which it lasts. */
  let handedOn: readonly { readonly part: Uint8Array; readonly until: number }[] = []
  let launchedAt = 0
  let child = launch()
  let deaths = 0
  let isClosed = false
  let isStill = false
  let timer: NodeJS.Timeout | null = null
  /** Until when the sound handed on lasts, on the monotonic clock in ms. */
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

  /** What of the sound handed on has not been heard. */
  function unheard(): readonly Uint8Array[] {
    const now = performance.now()
    return handedOn.flatMap(({ part, until }) => {
      const bytes = Math.min(part.byteLength, Math.ceil((until + lateMs - now) * bytesPerMs) & ~1)
      return bytes > 0 ? [part.subarray(-bytes)] : []
    })
  }

  /** What the program has taken already dies with it. */
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
