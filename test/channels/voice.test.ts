import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { meterMark } from '../../src/channels/terminal/level-meter.ts'
import { soundPrograms } from '../../src/channels/voice/sound-programs.ts'
import { openVoice } from '../../src/channels/voice.ts'
import { collector, isAlive, pause, program, readFolder, waitUntilAllEnded } from './shell-programs.ts'

const closing: { close(): void }[] = []

afterEach(() => {
  for (const resource of closing.splice(0)) resource.close()
})

const PCM = { format: 'pcm', rate: 8_000 } as const
/** Loud sound without an end, 20 ms at a time. */
const LOUD = 'while :; do head -c 320 /dev/zero | tr "\\\\0" "\\\\100"; sleep 0.02; done'

async function voice(headphones: boolean, by = program(LOUD), onFailed: (message: string) => void = expect.fail) {
  const events = collector<CallerEvent>()
  const levels = collector<number | null>()
  const found = collector<true>()
  const formats = { input: PCM, output: PCM }
  const opened = await openVoice({
    programs: [by],
    formats,
    headphones,
    isListening: () => true,
    emit: events.take,
    onLevel: levels.take,
    onFailed,
    onMicrophoneFound: () => found.take(true),
  })
  if (typeof opened === 'string') throw new Error(opened)
  closing.push(opened)
  opened.open(formats)
  return { voice: opened, events, levels, found }
}

const isLoud = (event: CallerEvent | undefined) =>
  event?.type === 'caller.audio' && event.audio.some((byte) => byte !== 0)
const isSilent = (event: CallerEvent | undefined) =>
  event?.type === 'caller.audio' && event.audio.every((byte) => byte === 0)

test('without headphones silence is sent while the agent speaks, and for a moment after', async () => {
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

test('without headphones the caller is heard while the agent is paused, and not after it resumes', async () => {
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
  const from = events.values.length
  await events.until((all) => all.some(({ type }) => type === 'playback.drained'))
  const meanwhile = events.values.slice(from).filter(({ type }) => type === 'caller.audio')
  expect(meanwhile.length).toBeGreaterThan(0)
  expect(meanwhile.every(isSilent)).toBe(true)
  expect(performance.now() - resumedAt).toBeGreaterThan(1_100 - heardAtMost - 50)
  await events.until((all) => isLoud(all.at(-1)))
})

test('heard time does not grow while paused, and the caller is heard after a clear', async () => {
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

test('a lost microphone clears the level', async () => {
  const failures = collector<string>()
  const { levels } = await voice(
    true,
    program(`${LOUD.replace('while :', 'for i in 1 2 3 4 5')}; exit 1`),
    failures.take,
  )
  await failures.until((all) => all.some((message) => message.startsWith('the microphone is gone')))
  expect(levels.values.some((level) => level !== null)).toBe(true)
  expect(levels.values.at(-1)).toBeNull()
})

test('a microphone that was gone is heard again once it is back', async () => {
  const plugged = join(mkdtempSync(join(tmpdir(), 'runner-devices-')), 'plugged')
  const failures = collector<string>()
  writeFileSync(plugged, '')
  const whilePlugged = LOUD.replace('while :', `while test -e ${plugged}`)
  const { events, found } = await voice(true, program(`${whilePlugged}; exit 1`), failures.take)
  rmSync(plugged)
  await failures.until((all) => all.length > 0)
  const before = events.values.length
  writeFileSync(plugged, '')
  await found.until((all) => all.length > 0)
  await events.until((all) => all.length > before && isLoud(all.at(-1)))
  expect(failures.values).toEqual(['the microphone is gone: sh ended with exit code 1'])
})

test('with headphones the caller is always heard', async () => {
  const { voice: opened, events } = await voice(true)
  opened.play('a', new Uint8Array(3_200))
  await events.until((all) => all.some(({ type }) => type === 'playback.drained'))
  expect(events.values.filter(({ type }) => type === 'caller.audio').every(isLoud)).toBe(true)
})

test('a backchannel word plays on its own speaker, is not interrupted and not reported', async () => {
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
  const reports = events.values.filter(({ type }) => type.startsWith('playback.'))
  expect(reports).toEqual([{ type: 'playback.cleared', heard: [{ itemId: 'a', ms: expect.any(Number) }] }])
  expect(reports[0]?.type === 'playback.cleared' && reports[0].heard[0]?.ms).toBeLessThanOrEqual(heardAtMost)
})

test('without headphones a backchannel word is not played', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-beside-'))
  const play = (rateHz: number) => ['sh', '-c', `cat >> ${folder}/${rateHz}`]
  const { voice: opened } = await voice(false, { ...program(LOUD), play })
  opened.playBeside(new Uint8Array(4_800).fill(1))
  opened.play('a', new Uint8Array(320).fill(1))
  while (readFolder(folder)['8000']?.byteLength !== 320) await pause(5)
  expect(Object.keys(readFolder(folder))).toEqual(['8000'])
})

test('a session with other formats reopens the devices, and closing ends them all', async () => {
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
  for (const name of ['microphones', 'speakers']) await waitUntilAllEnded(join(folder, name))
  await pause(100)
  expect([count('microphones'), count('speakers')]).toEqual([2, 2])
})

test('sound is played while a session with other formats still opens the microphone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-devices-'))
  mkdirSync(join(folder, 'sound'))
  const capture = `test -e ${folder}/begun && sleep 1; touch ${folder}/begun; ${LOUD}`
  const { voice: opened, events } = await voice(true, program(capture, `exec cat > ${folder}/sound/$$`))
  opened.open({ input: { format: 'pcm', rate: 16_000 }, output: { format: 'pcmu', rate: 8_000 } })
  opened.play('a', new Uint8Array(800).fill(0xff))
  await events.until((all) => all.some(({ type }) => type === 'playback.drained'))
  while (!Object.values(readFolder(join(folder, 'sound'))).some(({ byteLength }) => byteLength === 1_600))
    await pause(5)
  await events.until((all) => isLoud(all.at(-1)))
})

test('without headphones the caller is heard in a session with other formats that begins while the agent speaks', async () => {
  const { voice: opened, events } = await voice(false)
  opened.play('a', new Uint8Array(160_000))
  await events.until((all) => all.some(({ type }) => type === 'playback.started'))
  opened.open({ input: PCM, output: { format: 'pcmu', rate: 8_000 } })
  await events.until((all) => isLoud(all.at(-1)))
})

test('only sound that had time to reach the loudspeaker counts as heard', async () => {
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

test('without a working microphone, the message says what was tried and what to do', async () => {
  const broken = program('echo "connection refused" >&2; exit 1', '', 'broken')
  const options = { formats: { input: PCM, output: PCM }, headphones: false }
  const handlers = {
    isListening: () => true,
    emit: () => {},
    onLevel: () => {},
    onFailed: expect.fail,
    onMicrophoneFound: expect.fail,
  }
  expect(await openVoice({ programs: [broken], ...options, ...handlers })).toBe(
    'no microphone gives sound (broken: connection refused); connect one, or install the broken package, or talk in the browser: without --mic, runner start serves a page',
  )
  expect(await openVoice({ programs: soundPrograms('win32'), ...options, ...handlers })).toMatch(
    /^there is no voice in the terminal on this system; talk in the browser/,
  )
})

test('the meter is empty in a quiet room, full for close speech, and a dot while not listening', () => {
  expect([-100, -55, -35, -15, 0].map(meterMark)).toEqual([' ', ' ', '▄', '█', '█'])
  expect(meterMark(null)).toBe('·')
})
