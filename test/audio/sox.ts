import { spawnSync } from 'node:child_process'

/** Whether sox, the judge of sound, is installed; the reason is printed once when it is not. */
export const soxMissing = (() => {
  const missing = spawnSync('sox', ['--version']).error !== undefined
  if (missing) console.warn('sox is not installed: sound is not compared with sox in this run (apt-get install sox)')
  return missing
})()

/** Runs sox on bytes and gives what it wrote to standard output. */
export function sox(input: Uint8Array, args: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('sox', ['-V1', '-D', ...args], { input, maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0) throw new Error(`sox ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** The loudness of samples after sox effects, as a share of full scale, over 2 s from 0.5 s on. */
export function rmsAfter(bytes: Uint8Array, rateHz: number, effects: readonly string[]): number {
  const raw = ['-t', 'raw', '-e', 'signed', '-b', '16', '-c', '1', '-r', String(rateHz), '-']
  const args = ['-V1', '-D', ...raw, '-n', ...effects, 'trim', '0.5', '2', 'stat']
  const { stderr } = spawnSync('sox', args, { input: bytes })
  const found = /RMS\s+amplitude:\s+([\d.]+)/.exec(stderr.toString())
  if (found?.[1] === undefined) throw new Error(`sox stat: ${stderr}`)
  return Number(found[1])
}
