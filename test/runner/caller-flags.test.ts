import { expect, test } from 'vitest'
import { type CallerFlags, callerFlagsFault } from '../../src/runner/fronts/caller-flags.ts'

const exclude = (one: string, other: string) => new RegExp(`^${one} and ${other} exclude each other`)

test.each<readonly [CallerFlags, RegExp]>([
  [{ headphones: true }, /^--headphones belongs to --mic/],
  [{ withAudio: true }, /^--with-audio belongs to --jsonl/],
  [{ main: false }, /^--no-main belongs to --jsonl or --page/],
  [{ say: ['hello', ' '] }, /^--say wants words/],
  [{ jsonl: true, say: ['hello'] }, exclude('--jsonl', '--say')],
  [{ audioIn: 'calls/a.wav', audioOut: './calls/a.wav' }, /^--audio-out would write over calls\/a\.wav/],
  [{ mic: true, jsonl: true, audioIn: 'a.wav' }, exclude('--mic', '--jsonl, --audio-in')],
  [{ mic: true, say: ['hello'] }, exclude('--mic', '--say')],
])('%j is refused', (flags, message) => {
  expect(callerFlagsFault(flags, false)).toMatch(message)
})

test('where pages open the conversations, there is none to say a turn in', () => {
  expect(callerFlagsFault({ main: false }, true)).toBe(null)
  expect(callerFlagsFault({ main: false, say: ['hello'] }, true)).toMatch(exclude('--no-main', '--say'))
  expect(callerFlagsFault({ main: false, mic: true }, true)).toMatch(exclude('--mic', '--no-main'))
})

test.each<CallerFlags>([
  {},
  { mic: true, headphones: true },
  { jsonl: true, withAudio: true, main: false },
  { jsonl: true, audioIn: 'a.wav' },
  { say: ['hello'], audioIn: 'a.wav', audioOut: 'b.wav' },
])('%j goes together', (flags) => {
  expect(callerFlagsFault(flags, false)).toBe(null)
})
