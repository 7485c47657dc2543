import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const NEEDED = ['pulseaudio', 'parec', 'pacat', 'paplay', 'espeak-ng']

/** The programs that a virtual sound card needs and that are missing here; null if there are none. */
export function missingForSound(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const missing = NEEDED.filter((name) => !folders.some((folder) => existsSync(join(folder, name))))
  return missing.length === 0 ? null : missing.join(', ')
}

/** A microphone to speak into and a loudspeaker to listen to, by a PulseAudio of its own. */
export interface SoundCard {
  /** The environment of a program that uses it. */
  readonly env: { readonly PULSE_SERVER: string }
  /** Speaks words into the microphone; resolves when they are over. */
  say(words: string): Promise<void>
  /** A sound too short to be a word, into the microphone; resolves when it is over. */
  cough(): Promise<void>
  /** Resolves once sound, or silence, came from the loudspeaker for `ms`. */
  hears(what: 'sound' | 'silence', ms: number): Promise<void>
  close(): void
}

/** Long enough to be heard as speech, which takes 60 ms of it, and far from the 250 ms of a word: a busy machine stretches it. */
const COUGH_MS = 100
/** Level between sound and silence, of full scale. */
const QUIET = 0.003
const RATE_HZ = 16_000
const CHUNK_MS = 20

/** Resolves once its loudspeaker can be heard. */
export async function openSoundCard(): Promise<SoundCard> {
  const folder = mkdtempSync(join(tmpdir(), 'runner-sound-'))
  mkdirSync(join(folder, 'home'))
  const socket = join(folder, 'socket')
  const server = spawn(
    'pulseaudio',
    [
      ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disallow-exit'],
      ...['-L', `module-native-protocol-unix socket=${socket} auth-anonymous=1`],
      ...['-L', 'module-null-sink sink_name=spk rate=48000 channels=1'],
      ...['-L', 'module-null-sink sink_name=micbus rate=48000 channels=1'],
      ...['-L', 'module-remap-source source_name=mic master=micbus.monitor'],
    ],
    { stdio: 'ignore', env: { ...process.env, HOME: join(folder, 'home'), PULSE_RUNTIME_PATH: folder } },
  )
  const env = { PULSE_SERVER: `unix:${socket}` }
  const children: ChildProcess[] = [server]
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>()
  let loudMs = 0
  let quietMs = 0
  let wake = () => {}
  let carry = Buffer.alloc(0)
  const chunkBytes = (RATE_HZ * 2 * CHUNK_MS) / 1_000
  listen()

  /** Records the loudspeaker. A server that is not ready yet refuses the connection: it is tried again. */
  function listen(): void {
    const ear = spawn(
      'parec',
      ['--raw', '--format=s16le', `--rate=${RATE_HZ}`, '--channels=1', '--latency-msec=20', '--device=spk.monitor'],
      { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } },
    )
    children[1] = ear
    ear.stdout.on('data', hear)
    ear.on('close', () => {
      if (!ear.killed) setTimeout(listen, 50)
    })
  }

  function hear(bytes: Buffer): void {
    isReady()
    carry = Buffer.concat([carry, bytes])
    while (carry.byteLength >= chunkBytes) {
      const isLoud = rms(carry.subarray(0, chunkBytes)) > QUIET
      carry = carry.subarray(chunkBytes)
      loudMs = isLoud ? loudMs + CHUNK_MS : 0
      quietMs = isLoud ? 0 : quietMs + CHUNK_MS
      wake()
    }
  }
  await ready

  /** Plays a file into the microphone. */
  async function play(file: string, ...how: readonly string[]): Promise<void> {
    const mouth = spawn('paplay', ['--device=micbus', ...how, file], {
      ...{ stdio: 'ignore', env: { ...process.env, ...env } },
    })
    await new Promise((spoken) => mouth.on('close', spoken))
  }

  return {
    env,
    async say(words) {
      const file = join(folder, 'words.wav')
      execFileSync('espeak-ng', ['-w', file, words])
      await play(file)
    },
    async cough() {
      const file = join(folder, 'cough.pcm')
      const samples = Int16Array.from({ length: (RATE_HZ / 1_000) * COUGH_MS }, (_, at) => 9_000 * Math.sin(at / 8))
      writeFileSync(file, new Uint8Array(samples.buffer))
      await play(file, '--raw', '--format=s16le', `--rate=${RATE_HZ}`, '--channels=1')
    },
    async hears(what, ms) {
      while ((what === 'sound' ? loudMs : quietMs) < ms) await new Promise<void>((heard) => (wake = heard))
    },
    close() {
      for (const child of children) child.kill('SIGKILL')
    },
  }
}

function rms(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at + 1 < bytes.byteLength; at += 2) sum += (bytes.readInt16LE(at) / 32_768) ** 2
  return Math.sqrt(sum / (bytes.byteLength / 2))
}
