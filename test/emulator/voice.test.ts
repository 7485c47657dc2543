import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { splitSentences, streamSpeech } from '../../src/emulator/responses/speech.ts'
import { countSyllables, hum } from '../../src/emulator/voice/hum.ts'
import type { VoiceSettings } from '../../src/emulator/voice/traits.ts'
import { createVoice } from '../../src/emulator/voice.ts'
import { root } from '../helpers/cli.ts'

const settings: VoiceSettings = { voice: 'Clive', speed: 1, rateHz: 24_000 }
const never = new AbortController().signal
const hasEspeak = spawnSync('espeak-ng', ['--version']).status === 0

test.each([
  ['hello', 2],
  ['the', 1],
  ['Wednesday', 3],
  ['A-1042', 5],
  ['Öl', 1],
  ['東京', 2],
  ['x'.repeat(500), 1],
])('%s counts as %i syllables', (word, syllables) => {
  expect(countSyllables(word)).toBe(syllables)
})

test('a hum lasts about as long as the words, at any rate and speed', () => {
  const text = 'This is a rehearsal without a model.'
  const seconds = hum(text, settings).length / 24_000
  expect(seconds).toBeGreaterThan(1.5)
  expect(seconds).toBeLessThan(4)
  expect(hum(text, { ...settings, rateHz: 8_000 }).length / 8_000).toBeCloseTo(seconds, 2)
  expect(hum(text, { ...settings, speed: 0.5 }).length / 24_000).toBeCloseTo(seconds * 2, 2)
})

test('two voices sound different, and one voice always sounds the same', () => {
  expect(hum('hello', settings)).toEqual(hum('hello', settings))
  expect(hum('hello', { ...settings, voice: 'Sarah' })).not.toEqual(hum('hello', settings))
})

describe('espeak-ng', () => {
  test.runIf(hasEspeak)('speaks at the requested rate', async () => {
    const speak = createVoice('espeak', () => {})
    const samples = await speak('Where is my order?', settings, never)
    const slow = await speak('Where is my order?', { ...settings, speed: 0.6 }, never)
    expect(samples.length / 24_000).toBeGreaterThan(0.6)
    expect(samples.length / 24_000).toBeLessThan(3)
    expect(slow.length).toBeGreaterThan(samples.length * 1.2)
  })

  test('is replaced by the hum if it is missing, which is logged once', async () => {
    const path = process.env.PATH
    const logged: string[] = []
    const speak = createVoice('espeak', (message) => logged.push(message))
    process.env.PATH = '/nowhere'
    try {
      expect(await speak('hello', settings, never)).toEqual(hum('hello', settings))
      expect(await speak('hello', settings, never)).toEqual(hum('hello', settings))
    } finally {
      process.env.PATH = path
    }
    expect(logged).toEqual(['espeak-ng did not speak, humming instead'])
  })

  test('is replaced by the hum while too many files are open', () => {
    const code = `
      import { openSync } from 'node:fs'
      import { createVoice } from ${JSON.stringify(join(root, 'src/emulator/voice.ts'))}
      const speak = createVoice('espeak', (_, { reason }) => console.log(reason))
      try {
        for (;;) openSync('/dev/null')
      } catch {}
      console.log((await speak('hello', ${JSON.stringify(settings)}, AbortSignal.timeout(10_000))).length > 0)`
    const node = [process.execPath, '--no-warnings', '--input-type=module-typescript', '-e', code]
    const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...node], { encoding: 'utf8' })
    expect([stdout, stderr]).toEqual(['spawn espeak-ng EMFILE\ntrue\n', ''])
  })
})

test.each([
  ['One. Two? Three!', 3],
  ['Version 1.5 costs $3.50 today.', 1],
  ['no end', 1],
  ['Wait … what?', 2],
  ['', 0],
])('"%s" has %i sentences, and none of its signs is lost', (text, count) => {
  expect(splitSentences(text)).toHaveLength(count)
  expect(splitSentences(text).join('')).toBe(text)
})

test('the first word comes before any sound, the others are spread over it', async () => {
  const text = 'Hi, this is Nora. How can I help?'
  const delivery = {
    ...settings,
    speak: createVoice('hum', () => {}),
    format: { type: 'audio/pcm', rate: 24_000 } as const,
  }
  const pieces = []
  for await (const piece of streamSpeech(text, { ...delivery, pace: 'burst', stop: never })) pieces.push(piece)
  expect(pieces[0]).toMatchObject({ words: 'Hi,', audio: null })
  expect(pieces.map(({ words }) => words).join('')).toBe(text)
  expect(pieces.findLastIndex(({ words }) => words === ' help?')).toBeGreaterThan(pieces.length / 2)
  expect(pieces.filter(({ audio }) => audio?.length === 4_800).length).toBeGreaterThan(10)
})
