import { type ChildProcess, spawn } from 'node:child_process'
import { decodeWav, parseWav } from '../../audio/wav.ts'
import { isHighVoice, pitchOf, type VoiceSettings } from './traits.ts'

type EspeakResult =
  | { readonly ok: true; readonly samples: Int16Array; readonly rateHz: number }
  | { readonly ok: false; readonly isMissing: boolean; readonly message: string }

/** Speaks a sentence (given on standard input) with espeak-ng, within a few seconds and megabytes. */
export function speakWithEspeak(
  words: string,
  settings: Omit<VoiceSettings, 'rateHz'>,
  stop: AbortSignal,
): Promise<EspeakResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    // As its type says, it has no pipes if they could not be opened.
    const child: ChildProcess = spawn('espeak-ng', espeakArguments(settings), {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: SENTENCE_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      signal: stop,
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ ok: false, isMissing: error.code === 'ENOENT', message: error.message })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(words)
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > WAV_BYTES_MAX) child.kill('SIGKILL')
      else chunks.push(chunk)
    })
    child.on('close', (code) => {
      const bytes = Buffer.concat(chunks)
      const wav = parseWav(bytes)
      if (code !== 0 || !wav.ok) {
        const message = wav.ok ? `espeak-ng ended with ${code ?? 'a signal'}` : wav.message
        resolve({ ok: false, isMissing: false, message })
      } else resolve({ ok: true, samples: decodeWav(bytes, wav.header), rateHz: wav.header.rateHz })
    })
  })
}

/** How long one sentence may take, in ms: 24 ms is usual. */
const SENTENCE_TIMEOUT_MS = 5_000
/** Two minutes of sound at 22_050 Hz: more than any sentence. */
const WAV_BYTES_MAX = 22_050 * 2 * 120
/** espeak-ng's own pace, in words per minute. */
const WORDS_PER_MINUTE = 165

function espeakArguments({ voice, speed }: Omit<VoiceSettings, 'rateHz'>): readonly string[] {
  const variant = isHighVoice(voice)
    ? `en+f${1 + Math.floor(pitchOf(voice) * 4)}`
    : `en+m${1 + Math.floor(pitchOf(voice) * 6)}`
  const pace = Math.round(WORDS_PER_MINUTE * speed)
  return [
    '--stdout',
    '--stdin',
    '-b',
    '1',
    '-v',
    variant,
    '-s',
    String(pace),
    '-p',
    String(40 + Math.round(20 * pitchOf(voice))),
  ]
}
