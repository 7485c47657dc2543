import { type ChildProcess, spawn } from 'node:child_process'
import { createSampleCarry } from '../../audio/coding.ts'
import type { SoundProgram } from './sound-programs.ts'

/** A microphone that delivers sound. */
export interface Capture {
  readonly program: SoundProgram
  close(): void
}

interface CaptureOptions {
  readonly programs: readonly SoundProgram[]
  readonly rateHz: number
  /** PCM16 in whole samples, as it comes. */
  readonly onSound: (sound: Uint8Array) => void
  /** The sound ended after it had begun; the reason is the program's last words. */
  readonly onEnded: (reason: string) => void
}

export type CaptureOpened =
  | { readonly ok: true; readonly capture: Capture }
  /** Why each program delivers no sound. */
  | { readonly ok: false; readonly reasons: readonly string[] }

/** How long a program may take to deliver sound, in ms: a server that starts with it takes most of a second. */
const FIRST_SOUND_TIMEOUT_MS = 3_000
/** The most characters shown of a program's complaint. */
const STDERR_TAIL_MAX = 200

/** Opens the first program that delivers sound. One that is installed but finds no device is passed over. */
export async function openCapture(options: CaptureOptions): Promise<CaptureOpened> {
  const reasons: string[] = []
  for (const program of options.programs) {
    const opened = await tryProgram(program, options)
    if (typeof opened !== 'string') return { ok: true, capture: opened }
    reasons.push(`${program.name}: ${opened}`)
  }
  return { ok: false, reasons }
}

function tryProgram(program: SoundProgram, { rateHz, onSound, onEnded }: CaptureOptions): Promise<Capture | string> {
  const [command = '', ...args] = program.capture(rateHz)
  // In a process group of its own: a signal to the runner's group is for the runner to handle, and not a fault of the microphone.
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const carry = createSampleCarry({ format: 'pcm', rate: rateHz })
  const exitReason = exitReasonOf(child)
  const { promise, resolve } = Promise.withResolvers<Capture | string>()
  let isOpen = false
  let isClosed = false
  const firstSoundTimer = setTimeout(
    () => end(`no sound within ${FIRST_SOUND_TIMEOUT_MS / 1_000} s`),
    FIRST_SOUND_TIMEOUT_MS,
  )

  child.stdout?.on('data', (chunk: Uint8Array) => {
    if (isClosed) return
    clearTimeout(firstSoundTimer)
    if (!isOpen) resolve({ program, close })
    isOpen = true
    const whole = carry(chunk)
    if (whole.byteLength > 0) onSound(whole)
  })
  child.on('error', ({ code, message }: NodeJS.ErrnoException) =>
    end(code === 'ENOENT' ? `${command} is not installed` : message),
  )
  child.on('close', () => end(exitReason()))

  function end(reason: string): void {
    clearTimeout(firstSoundTimer)
    if (isClosed) return
    close()
    if (isOpen) onEnded(reason)
    else resolve(reason)
  }

  function close(): void {
    isClosed = true
    child.kill('SIGKILL')
  }

  return promise
}

/** The last complaint of a program, on one line; without one, how it ended. */
export function exitReasonOf(child: ChildProcess): () => string {
  let stderrTail = ''
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    stderrTail = (stderrTail + more).slice(-STDERR_TAIL_MAX)
  })
  return () => {
    const { spawnfile, exitCode, signalCode } = child
    const lastLine = stderrTail.trim().split('\n').at(-1)?.trim()
    return lastLine || `${spawnfile} ${signalCode ? `was ended by ${signalCode}` : `ended with exit code ${exitCode}`}`
  }
}
