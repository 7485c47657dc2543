import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { openCapture } from '../../src/channels/device-capture.ts'
import { openSpeaker } from '../../src/channels/device-speaker.ts'
import { meterMark } from '../../src/channels/level-meter.ts'
import { type SoundProgram, soundPrograms } from '../../src/channels/sound-programs.ts'
import { openVoice } from '../../src/channels/voice.ts'

const closing: { close(): void }[] = []

afterEach(() => {
  for (const each of closing.splice(0)) each.close()
})

/** A program of the system in a few words of shell. */
function program(capture: string, play = 'cat > /dev/null', name = 'test'): SoundProgram {
  return { name, install: `the ${name} package`, capture: () => ['sh', '-c', capture], play: () => ['sh', '-c', play] }
}

/** Collects what comes, and waits for it. */
function collector<Value>() {
  const values: Value[] = []
  let wake = () => {}
  return {
    values,
    take(value: Value) {
      values.push(value)
      wake()
    },
    async until(enough: (values: readonly Value[]) => boolean) {
      while (!enough(values)) await new Promise<void>((done) => (wake = done))
      return values
    },
  }
}

async function capture(programs: readonly SoundProgram[]) {
  const sound = collector<Uint8Array>()
  const ended = collector<string>()
  const opened = await openCapture({ programs, rateHz: 24_000, onSound: sound.take, onEnded: ended.take })
  if (opened.ok) closing.push(opened.capture)
  return { opened, sound, ended }
}

test('the first program that gives sound is the microphone; why the others give none is known', async () => {
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

test('sound comes in whole samples, wherever the program cuts it', async () => {
  const { sound } = await capture([program('printf abc; sleep 0.1; printf de; sleep 0.1; printf f; sleep 60')])
  await sound.until((pieces) => Buffer.concat(pieces).byteLength === 6)
  expect(Buffer.concat(sound.values).toString()).toBe('abcdef')
  expect(sound.values.every((piece) => piece.byteLength % 2 === 0)).toBe(true)
})

test('a program that gives no sound is given up after three seconds, and ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-mute-'))
  const { opened } = await capture([program(`touch ${folder}/$$; exec sleep 60`)])
  expect(opened).toEqual({ ok: false, reasons: ['test: no sound within 3 s'] })
  await allEnded(folder)
})

test('a microphone that goes is told, with its last words', async () => {
  const { ended } = await capture([program('printf ab; echo "the device was unplugged" >&2; exit 1')])
  await ended.until((reasons) => reasons.length > 0)
  expect(ended.values).toEqual(['the device was unplugged'])
})

test('neither program hears a signal that is for the runner and its group', async () => {
  const groupOf = 'ps -o pid=,pgid= -p $$'
  const { sound } = await capture([program(`${groupOf}; sleep 60`)])
  await sound.until((pieces) => pieces.length > 0)
  const file = join(mkdtempSync(join(tmpdir(), 'runner-speaker-')), 'out')
  writeFileSync(file, '')
  closing.push(
    openSpeaker({ program: program('', `${groupOf} > ${file}; cat`), rateHz: 8_000, lateMs: 0, onFailed: expect.fail }),
  )
  while (!readFileSync(file, 'utf8').endsWith('\n')) await pause(5)
  for (const told of [Buffer.concat(sound.values).toString(), readFileSync(file, 'utf8')]) {
    const [pid, group] = told.trim().split(/\s+/)
    expect(group).toBe(pid)
  }
})

test('the loudspeaker gets every byte in order, little before it is due', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'runner-speaker-')), 'out')
  writeFileSync(file, '')
  const speaker = openSpeaker({
    program: program('', `cat > ${file}`),
    rateHz: 8_000,
    lateMs: 90,
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

test('silence drops what waits and ends what the program holds; the next sound is played by a new one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const play = `cat > ${folder}/$$`
  const speaker = openSpeaker({ program: program('', play), rateHz: 8_000, lateMs: 90, onFailed: expect.fail })
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

test('a loudspeaker that stands still falls silent at once, and goes on with what was not heard', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const speaker = openSpeaker({
    program: program('', `cat > ${folder}/$$`),
    rateHz: 8_000,
    lateMs: 50,
    onFailed: expect.fail,
  })
  closing.push(speaker)
  const sound = Uint8Array.from({ length: 16_000 }, (_, index) => (index >> 8) + 1)
  const contents = () => Object.values(readFolder(folder)).filter(({ byteLength }) => byteLength > 0)
  speaker.play(sound.subarray(0, 12_000))
  const startedAt = performance.now()
  let stillMs = 0
  while ((contents()[0]?.byteLength ?? 0) < 6_000) {
    const lookedAt = performance.now()
    await pause(5)
    stillMs = Math.max(stillMs, performance.now() - lookedAt)
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
  if (stillMs > 50) return
  // What is played again is what the program had taken and not played: 120 ms ahead and 50 ms late, and the time that this test takes.
  expect(from).toBeLessThan(before?.byteLength ?? 0)
  expect(from).toBeGreaterThan(heardAtLeast - 320)
  expect((before?.byteLength ?? 0) - from).toBeLessThanOrEqual(170 * 16)
})

test('what was heard before a silence is not played again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-speaker-'))
  const speaker = openSpeaker({
    program: program('', `cat > ${folder}/$$`),
    rateHz: 8_000,
    lateMs: 50,
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

test('a loudspeaker that cannot play says so, after it was tried again', async () => {
  const failed = collector<string>()
  const play = 'echo "no such device" >&2; exit 1'
  closing.push(openSpeaker({ program: program('', play), rateHz: 8_000, lateMs: 90, onFailed: failed.take }))
  await failed.until((reasons) => reasons.length > 0)
  expect(failed.values).toEqual(['no such device'])
})

/** Waits until none of the processes runs that put a file of their number into the folder. */
async function allEnded(folder: string): Promise<void> {
  while (readdirSync(folder).some((pid) => isAlive(Number(pid)))) await pause(5)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}

const PCM = { format: 'pcm', rate: 8_000 } as const
/** Loud sound without an end, 20 ms at a time. */
const LOUD = 'while :; do head -c 320 /dev/zero | tr "\\\\0" "\\\\100"; sleep 0.02; done'

async function voice(headphones: boolean, by = program(LOUD)) {
  const events = collector<CallerEvent>()
  const levels = collector<number | null>()
  const formats = { input: PCM, output: PCM }
  const opened = await openVoice({
    programs: [by],
    formats,
    headphones,
    emit: events.take,
    onLevel: levels.take,
    onFailed: expect.fail,
  })
  if (!opened.ok) throw new Error(opened.message)
  closing.push(opened.voice)
  opened.voice.open(formats)
  return { voice: opened.voice, events, levels }
}

const isLoud = (event: CallerEvent | undefined) =>
  event?.type === 'caller.audio' && event.audio.some((byte) => byte !== 0)
const isSilent = (event: CallerEvent | undefined) =>
  event?.type === 'caller.audio' && event.audio.every((byte) => byte === 0)

test('without headphones the caller is heard as silence while the agent speaks, and for a moment after', async () => {
  const { voice: opened, events, levels } = await voice(false)
  await events.until((all) => isLoud(all.at(-1)))
  expect(levels.values.at(-1)).toBeGreaterThan(-20)
  opened.play('a', new Uint8Array(16_000))
  await events.until((all) => isSilent(all.at(-1)))
  expect(levels.values.at(-1)).toBeNull()
  await events.until((all) => all.some(({ type }) => type === 'playback.drained'))
  expect(isLoud(events.values.findLast(({ type }) => type === 'caller.audio'))).toBe(false)
  await events.until((all) => isLoud(all.at(-1)))
})

test('without headphones the caller is heard while the agent stands still, and what it says is over so much later', async () => {
  const { voice: opened, events } = await voice(false)
  await events.until((all) => isLoud(all.at(-1)))
  const playedAt = performance.now()
  opened.play('a', new Uint8Array(16_000))
  await events.until((all) => isSilent(all.at(-1)))
  await events.until((all) => all.some(({ type }) => type === 'playback.started'))
  opened.pause()
  const heardAtMost = performance.now() - playedAt
  opened.play('a', new Uint8Array(1_600))
  await events.until((all) => isLoud(all.at(-1)))
  await pause(1_300)
  expect(events.values.some(({ type }) => type === 'playback.drained')).toBe(false)
  const resumedAt = performance.now()
  opened.resume()
  await events.until((all) => isSilent(all.at(-1)))
  await events.until((all) => all.some(({ type }) => type === 'playback.drained'))
  expect(performance.now() - resumedAt).toBeGreaterThan(1_100 - heardAtMost - 50)
  await events.until((all) => isLoud(all.at(-1)))
})

test('what was heard does not grow while the agent stands still, and nothing is deaf once it is cleared', async () => {
  const { voice: opened, events } = await voice(false)
  const playedAt = performance.now()
  opened.play('a', new Uint8Array(160_000))
  await events.until((all) => all.some(({ type }) => type === 'playback.started'))
  opened.pause()
  const heardAtMost = performance.now() - playedAt
  await pause(500)
  opened.clear()
  const cleared = events.values.findLast((event) => event.type === 'playback.cleared')
  expect(cleared?.heard[0]?.ms).toBeLessThanOrEqual(Math.ceil(heardAtMost))
  await events.until((all) => isLoud(all.at(-1)))
})

test('with headphones he is heard all the time', async () => {
  const { voice: opened, events } = await voice(true)
  opened.play('a', new Uint8Array(3_200))
  await events.until((all) => all.some(({ type }) => type === 'playback.drained'))
  expect(events.values.filter(({ type }) => type === 'caller.audio').every(isLoud)).toBe(true)
})

test('a word beside all else is heard by a lane of its own, which no interruption silences and nothing is told of', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-beside-'))
  const play = (rateHz: number) => ['sh', '-c', `cat >> ${folder}/${rateHz}`]
  const { voice: opened, events } = await voice(true, { ...program(LOUD), play })
  const word = Uint8Array.from({ length: 9_600 }, (_, index) => index % 251)
  const playedAt = performance.now()
  opened.play('a', new Uint8Array(160_000))
  opened.playBeside(word.subarray(0, 4_800))
  opened.playBeside(word.subarray(4_800))
  opened.pause()
  opened.clear()
  const heardAtMost = performance.now() - playedAt
  const heard = () => readFolder(folder)['24000']
  while (heard()?.byteLength !== word.byteLength) await pause(5)
  expect(heard()?.equals(word)).toBe(true)
  const told = events.values.filter(({ type }) => type.startsWith('playback.'))
  expect(told).toEqual([{ type: 'playback.cleared', heard: [{ itemId: 'a', ms: expect.any(Number) }] }])
  expect(told[0]?.type === 'playback.cleared' && told[0].heard[0]?.ms).toBeLessThanOrEqual(heardAtMost)
})

test('without headphones, where the microphone would hear it, it is left out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-beside-'))
  const play = (rateHz: number) => ['sh', '-c', `cat >> ${folder}/${rateHz}`]
  const { voice: opened } = await voice(false, { ...program(LOUD), play })
  opened.playBeside(new Uint8Array(4_800).fill(1))
  opened.play('a', new Uint8Array(320).fill(1))
  while (readFolder(folder)['8000']?.byteLength !== 320) await pause(5)
  expect(Object.keys(readFolder(folder))).toEqual(['8000'])
})

test('a session that sounds otherwise has the devices opened anew, and at the end none of them is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-devices-'))
  for (const name of ['microphones', 'speakers', 'sound']) mkdirSync(join(folder, name))
  const count = (name: string) => readdirSync(join(folder, name)).length
  const by = program(
    `touch ${folder}/microphones/$$; ${LOUD}`,
    `touch ${folder}/speakers/$$; exec cat > ${folder}/sound/$$`,
  )
  const { voice: opened } = await voice(true, by)
  while (count('speakers') < 1) await pause(5)
  opened.open({ input: { format: 'pcm', rate: 16_000 }, output: { format: 'pcmu', rate: 8_000 } })
  while (count('microphones') < 2 || count('speakers') < 2) await pause(5)
  const lengths = () => Object.values(readFolder(join(folder, 'sound'))).map((bytes) => bytes.byteLength)
  opened.play('a', new Uint8Array(160).fill(0xff))
  while (Math.max(0, ...lengths()) === 0) await pause(5)
  expect(lengths()).toContain(320)
  const alive = (name: string) => readdirSync(join(folder, name)).filter((pid) => isAlive(Number(pid)))
  while (alive('microphones').length > 1 || alive('speakers').length > 1) await pause(5)
  opened.close()
  for (const name of ['microphones', 'speakers']) await allEnded(join(folder, name))
  await pause(100)
  expect([count('microphones'), count('speakers')]).toEqual([2, 2])
})

test('what was heard is what had time to reach the loudspeaker, not what was handed over', async () => {
  const { voice: opened, events } = await voice(true)
  opened.play('a', new Uint8Array(160_000))
  opened.clear()
  expect(events.values.filter(({ type }) => type === 'playback.cleared')).toEqual([
    { type: 'playback.cleared', heard: [] },
  ])
  opened.play('b', new Uint8Array(160_000))
  await events.until((all) => all.some((event) => event.type === 'playback.started' && event.itemId === 'b'))
  opened.clear()
  const cleared = events.values.findLast((event) => event.type === 'playback.cleared')
  expect(cleared?.heard[0]?.ms).toBeLessThan(5_000)
})

test('where nothing records, the message says what was tried and what to do', async () => {
  const broken = program('echo "connection refused" >&2; exit 1', '', 'broken')
  const options = { formats: { input: PCM, output: PCM }, headphones: false }
  const tell = { emit: () => {}, onLevel: () => {}, onFailed: expect.fail }
  expect(await openVoice({ programs: [broken], ...options, ...tell })).toEqual({
    ok: false,
    message:
      'no microphone gives sound (broken: connection refused); connect one, or install the broken package, or talk in the browser: without --mic, runner start serves a page',
  })
  expect(await openVoice({ programs: soundPrograms('win32'), ...options, ...tell })).toMatchObject({
    message: expect.stringMatching(/^there is no voice in the terminal on this system; talk in the browser/),
  })
})

test('the meter is empty in a quiet room, full close to the microphone, and a dot while nobody listens', () => {
  expect([-100, -55, -35, -15, 0].map(meterMark)).toEqual([' ', ' ', '▄', '█', '█'])
  expect(meterMark(null)).toBe('·')
})

function readFolder(folder: string): { readonly [name: string]: Buffer } {
  const names = readdirSync(folder)
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]))
}
