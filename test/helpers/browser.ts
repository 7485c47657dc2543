import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { createResampler } from '../../src/audio/resample.ts'
import { decodeWav, parseWav, wavHeader } from '../../src/audio/wav.ts'

/** The system's Chromium; null where there is none. */
export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path))

/** Added to the title of a skipped test, so that a page that was not tested does not look as if it was. */
export const MISSING = CHROMIUM === undefined ? ' (NOT TESTED: no chromium on the PATH)' : ''

const QUIET = [
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream'],
]

/** What the caller in front of the browser does. */
export interface BrowserOptions {
  /** What the caller says: a WAV file, played once when the microphone opens. */
  readonly microphone?: string
  /** False: the browser denies the microphone. */
  readonly allowed?: boolean
}

/** A browser that never prompts: its microphone is a file. */
export function openBrowser({ microphone, allowed = true }: BrowserOptions = {}): Promise<Browser> {
  const file = microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}%noloop`]
  const args = [...QUIET, ...file, ...(allowed ? ['--use-fake-ui-for-media-stream'] : ['--deny-permission-prompts'])]
  return chromium.launch({ headless: true, executablePath: CHROMIUM ?? '', chromiumSandbox: false, args })
}

/** A WAV file of sentences and pauses (in ms), spoken by espeak-ng. */
export async function spoken(...parts: readonly (string | number)[]): Promise<string> {
  const rate = 48_000
  const pieces: Int16Array[] = []
  for (const part of parts) {
    if (typeof part === 'number') pieces.push(new Int16Array((part * rate) / 1_000))
    else pieces.push(await say(part, rate))
  }
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)))
  const path = join(mkdtempSync(join(tmpdir(), 'runner-voice-')), 'caller.wav')
  writeFileSync(path, Buffer.concat([wavHeader(bytes.byteLength, rate), bytes]))
  return path
}

async function say(sentence: string, rate: number): Promise<Int16Array> {
  const { stdout, status } = spawnSync('espeak-ng', ['--stdout', sentence])
  const parsed = parseWav(stdout)
  if (status !== 0 || !parsed.ok) throw new Error('espeak-ng is wanted for the voice of the caller')
  const resampler = await createResampler(parsed.header.rateHz, rate)
  return resampler.push(decodeWav(stdout, parsed.header))
}

/** The sound of the page's loudspeaker up to a moment, measured outside of the page's own code, by the clock of the sound. */
export interface Heard {
  /** Ms that were not silent. */
  readonly soundMs: number
  /** Ms since the first sound, silence included. */
  readonly sinceMs: number
}

/** All that was heard from a page. */
export interface Loudspeaker extends Heard {
  /**
   * The runner's orders about it, each with what had been heard before: to pause, to resume, to fall silent, and that an item's sound
   * follows.
   */
  readonly orders: readonly (Heard & { readonly type: 'playback.pause' | 'playback.resume' | 'clear' | 'item' })[]
}

/** Listens at the loudspeaker of a page that is not loaded yet; its context bypasses the page's own rules, so that the ear is let in. */
export async function listen(page: Page): Promise<() => Promise<Loudspeaker>> {
  const ear = readFileSync(join(import.meta.dirname, 'ear-worklet.js'), 'utf8')
  await page.addInitScript({ content: `globalThis.earWorklet = ${JSON.stringify(ear)}` })
  await page.addInitScript({ path: join(import.meta.dirname, 'loudspeaker.js') })
  return () =>
    page.evaluate(() =>
      (globalThis as unknown as { heardAtTheLoudspeaker(): Promise<Loudspeaker> }).heardAtTheLoudspeaker(),
    )
}

/** Makes a page that is listened to and not loaded yet wait for its sound, until that is opened with `resolve` or refused with `reject`. */
export async function withoutSound(page: Page): Promise<(outcome: 'resolve' | 'reject') => Promise<void>> {
  await page.addInitScript({ content: 'globalThis.soundToCome = Promise.withResolvers()' })
  return (outcome) =>
    page.evaluate(
      (way) => (globalThis as unknown as { soundToCome: PromiseWithResolvers<void> }).soundToCome[way](),
      outcome,
    )
}

/** Run in a page before its own code: keeps the tracks of the microphones that the browser gave it, as `tracks`. */
export const KEEP_TRACKS = `
  globalThis.tracks = []
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints)
    tracks.push(...stream.getTracks())
    return stream
  }`

/** Resolves with the next sound of the microphone on a page: that of the browser itself beeps shortly. */
export function soundOfMicrophone(page: Page): Promise<void> {
  return page.evaluate(
    `new Promise((heard) => {
      const meter = document.querySelector('.meter-caller')
      const look = () => meter.getAttribute('aria-valuenow') !== '0' && heard()
      new MutationObserver(look).observe(meter, { attributes: true })
    })`,
  )
}
