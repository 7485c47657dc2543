import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openCapture } from '../../src/channels/voice/device-capture.ts'
import { openSpeaker } from '../../src/channels/voice/device-speaker.ts'
import type { SoundProgram } from '../../src/channels/voice/sound-programs.ts'
import { collector, pause, program, readFolder, waitUntilAllEnded } from './shell-programs.ts'

const closing: { close(): void }[] = []

afterEach(() => {
  for (const resource of closing.splice(0)) resource.close()
})

async function capture(programs: readonly SoundProgram[]) {
  const sound = collector<Uint8Array>()
  const ended = collector<string>()
  const opened = await openCapture({ programs, rateHz: 24_000, onSound: sound.take, onEnded: ended.take })
  if (opened.ok) closing.push(opened.capture)
  return { opened, sound, ended }
}

test("the first program that delivers sound is used, and the others' failures are reported", async () => {
  const absent: SoundProgram = { ...program('', '', 'absent'), capture: () => ['no-such-program'] }
  const broken = program('echo "cannot open the device" >&2; exit 1', '', 'broken')
  const { opened } = await capture([absent, broken, program('printf abcd; sleep 60', '', 'good')])
  expect(opened).toMatchObject({ ok: true, capture: { program: { name: 'good' } } })
  const none = await capture([absent, broken])
  expect(none.opened).toEqual({
    ok: false,
    reasons: ['absent: no-such-program is not installed', 'broken: cannot open the device'],
  })
})

test('captured sound is delivered in whole samples, however the program chunks it', async () => {
  const { sound } = await capture([program('printf abc; sleep 0.1; printf de; sleep 0.1; printf f; sleep 60')])
  await sound.until((pieces) => Buffer.concat(pieces).byteLength === 6)
  expect(Buffer.concat(sound.values).toString()).toBe('abcdef')
  expect(sound.values.every((piece) => piece.byteLength % 2 === 0)).toBe(true)
})

test('a program that delivers no sound within three seconds is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-mute-'))
  const { opened } = await capture([program(`touch ${folder}/$$; exec sleep 60`)])
  expect(opened).toEqual({ ok: false, reasons: ['test: no sound within 3 s'] })
  await waitUntilAllEnded(folder)
})

test.each([
  ["the program's last words", 'echo "the device was unplugged" >&2; exit 1', 'the device was unplugged'],
  ['its exit code if it said nothing', 'exit 3', 'sh ended with exit code 3'],
  ['the signal that ended it', 'kill -KILL $$', 'sh was ended by SIGKILL'],
])('the end of a microphone is reported with %s', async (_what, script, words) => {
  const { ended } = await capture([program(`printf ab; ${script}`)])
  await ended.until((reasons) => reasons.length > 0)
  expect(ended.values).toEqual([words])
})

test("sound programs do not receive signals sent to the runner's process group", async () => {
  const groupOf = 'ps -o pid=,pgid= -p $$'
  const { sound } = await capture([program(`${groupOf}; sleep 60`)])
  await sound.until((pieces) => pieces.length > 0)
  const file = join(mkdtempSync(join(tmpdir(), 'runner-speaker-')), 'out')
  writeFileSync(file, '')
  closing.push(
    openSpeaker({
      program: program('', `${groupOf} > ${file}; cat`),
      rateHz: 8_000,
      latencyMs: 0,
      onFailed: expect.fail,
    }),
  )
  while (!readFileSync(file, 'utf8').endsWith('\n')) await pause(5)
  for (const output of [Buffer.concat(sound.values).toString(), readFileSync(file, 'utf8')]) {
    const [pid, group] = output.trim().split(/\s+/)
    expect(group).toBe(pid)
  }
})

test('the speaker writes every byte in order, shortly before it is due', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'runner-speaker-')), 'out')
  writeFileSync(file, '')
  const speaker = openSpeaker({
    program: program('', `cat > ${file}`),
    rateHz: 8_000,
    latencyMs: 90,
    onFailed: expect.fail,
  })
  closing.push(speaker)
  const sound = Uint8Array.from({ length: 16_000 }, (_, index) => index % 251)
  speaker.play(sound.subarray(0, 10_000))
  speaker.play(sound.subarray(10_000))
  const startedAt = performance.now()
  let ahead = 0
  while (readFileSync(file).byteLength < sound.byteLength) {
    const written = readFileSync(file).byteLength
    ahead = Math.max(ahead, written / 16 - (performance.now() - startedAt))
    await pause(5)
  }
  expect(readFileSync(file).equals(sound)).toBe(true)
  expect(ahead).toBeLessThan(200)
})

test('silencing drops queued and buffered sound; the next sound starts a new program', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const play = `cat > ${folder}/$$`
  const speaker = openSpeaker({ program: program('', play), rateHz: 8_000, latencyMs: 90, onFailed: expect.fail })
  closing.push(speaker)
  speaker.play(new Uint8Array(160_000).fill(1))
  speaker.silence()
  speaker.play(new Uint8Array(320).fill(2))
  const contents = () =>
    Object.values(readFolder(folder)).map((bytes) => ({ length: bytes.byteLength, ends: bytes.at(-1) }))
  while (!contents().some(({ ends }) => ends === 2)) await pause(5)
  expect(contents().find(({ ends }) => ends === 2)).toEqual({ length: 320, ends: 2 })
  expect(contents().every(({ length }) => length < 10_000)).toBe(true)
})

test('pausing the speaker silences it at once; resuming plays what was not heard', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const speaker = openSpeaker({
    program: program('', `cat > ${folder}/$$`),
    rateHz: 8_000,
    latencyMs: 50,
    onFailed: expect.fail,
  })
  closing.push(speaker)
  const sound = Uint8Array.from({ length: 16_000 }, (_, index) => (index >> 8) + 1)
  const contents = () => Object.values(readFolder(folder)).filter(({ byteLength }) => byteLength > 0)
  speaker.play(sound.subarray(0, 12_000))
  const startedAt = performance.now()
  let stallMs = 0
  while ((contents()[0]?.byteLength ?? 0) < 6_000) {
    const checkedAt = performance.now()
    await pause(5)
    stallMs = Math.max(stallMs, performance.now() - checkedAt)
  }
  const heardAtLeast = (performance.now() - startedAt - 50) * 16
  speaker.pause()
  await pause(100)
  const [before] = contents()
  speaker.play(sound.subarray(12_000))
  await pause(300)
  expect(contents()).toEqual([before])
  speaker.resume()
  const after = () => contents().find((bytes) => bytes.at(0) !== before?.at(0))
  while (after()?.at(-1) !== sound.at(-1)) await pause(5)
  await pause(100)
  const from = sound.byteLength - (after()?.byteLength ?? 0)
  expect(after()?.equals(sound.subarray(from))).toBe(true)
  // A machine that stood still for longer than it hands on ahead has played with gaps.
  if (stallMs > 50) return
  // What is played again is what the program had taken and not played: 120 ms ahead and 50 ms late, and the time that this test takes.
  expect(from).toBeLessThan(before?.byteLength ?? 0)
  expect(from).toBeGreaterThan(heardAtLeast - 320)
  expect((before?.byteLength ?? 0) - from).toBeLessThanOrEqual(170 * 16)
})

test('a speaker silenced while paused plays the next sound', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const play = `cat > ${folder}/$$`
  const speaker = openSpeaker({ program: program('', play), rateHz: 8_000, latencyMs: 50, onFailed: expect.fail })
  closing.push(speaker)
  speaker.play(new Uint8Array(16_000).fill(1))
  speaker.pause()
  speaker.silence()
  speaker.play(new Uint8Array(320).fill(2))
  const last = () => Object.values(readFolder(folder)).find((bytes) => bytes.at(-1) === 2)
  while (last() === undefined) await pause(5)
  expect(last()?.equals(Buffer.alloc(320, 2))).toBe(true)
})

test('sound heard before a silence is not played again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const speaker = openSpeaker({
    program: program('', `cat > ${folder}/$$`),
    rateHz: 8_000,
    latencyMs: 50,
    onFailed: expect.fail,
  })
  closing.push(speaker)
  speaker.play(new Uint8Array(1_600).fill(1))
  await pause(300)
  speaker.play(new Uint8Array(320).fill(2))
  speaker.pause()
  speaker.play(new Uint8Array(320).fill(3))
  speaker.resume()
  const last = () => Object.values(readFolder(folder)).find((bytes) => bytes.at(-1) === 3)
  while (last() === undefined) await pause(5)
  await pause(100)
  // A machine that stood still between the last two orders has heard some of the second sound, too.
  const played = Buffer.concat([Buffer.alloc(320, 2), Buffer.alloc(320, 3)])
  expect(last()?.equals(played.subarray(-(last()?.byteLength ?? 0)))).toBe(true)
})

test('a speaker that cannot play reports its failure after retries', async () => {
  const failed = collector<string>()
  const play = 'echo "no such device" >&2; exit 1'
  closing.push(openSpeaker({ program: program('', play), rateHz: 8_000, latencyMs: 90, onFailed: failed.take }))
  await failed.until((reasons) => reasons.length > 0)
  expect(failed.values).toEqual(['no such device'])
})

test('a speaker that failed plays what comes once it can again, and reports its failure once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const failed = collector<string>()
  const play = `test -e ${folder}/back && exec cat > ${folder}/heard; exit 1`
  const speaker = openSpeaker({ program: program('', play), rateHz: 8_000, latencyMs: 90, onFailed: failed.take })
  closing.push(speaker)
  await failed.until((reasons) => reasons.length > 0)
  writeFileSync(join(folder, 'back'), '')
  while (!readFolder(folder).heard?.byteLength) {
    speaker.play(new Uint8Array(320).fill(1))
    await pause(20)
  }
  expect(failed.values).toEqual(['sh ended with exit code 1'])
})

test('a speaker whose program takes no sound for three seconds fails, and its program is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const failed = collector<string>()
  const play = `touch ${folder}/$$; exec sleep 60`
  const speaker = openSpeaker({ program: program('', play), rateHz: 96_000, latencyMs: 90, onFailed: failed.take })
  closing.push(speaker)
  speaker.play(new Uint8Array(10 * 2 * 96_000))
  await failed.until((reasons) => reasons.length > 0)
  expect(failed.values).toEqual(['test takes no more sound'])
  await waitUntilAllEnded(folder)
})

test('a failing speaker is tried three times, however much sound is queued', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const failed = collector<string>()
  const play = `touch ${folder}/$$; sleep 0.05; exit 1`
  const speaker = openSpeaker({ program: program('', play), rateHz: 8_000, latencyMs: 90, onFailed: failed.take })
  closing.push(speaker)
  speaker.play(new Uint8Array(5 * 16_000))
  await failed.until((reasons) => reasons.length > 0)
  expect(Object.keys(readFolder(folder))).toHaveLength(3)
})
