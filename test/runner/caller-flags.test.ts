import { linkSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { type CallerFlags, callerFlagsFault } from '../../src/runner/fronts/caller-flags.ts'

const exclude = (one: string, other: string) => new RegExp(`^${one} and ${other} exclude each other`)

test.each<readonly [CallerFlags, RegExp]>([
  [{ headphones: true }, /^--headphones belongs to --mic/],
  [{ withAudio: true }, /^--with-audio belongs to --jsonl/],
  [{ main: false }, /^--no-main belongs to --jsonl or --page/],
  [{ say: ['hello', ' '] }, /^--say wants words/],
  [{ jsonl: true, say: ['hello'] }, exclude('--jsonl', '--say')],
  [{ mic: true, jsonl: true, audioIn: 'a.wav' }, exclude('--mic', '--jsonl, --audio-in')],
  [{ mic: true, say: ['hello'] }, exclude('--mic', '--say')],
])('these flags are rejected together: %j', (flags, message) => {
  expect(callerFlagsFault(flags, false)).toMatch(message)
})

test.each([
  ['the same path, written differently', (file: string) => relative('.', file)],
  ['a link', (file: string) => linked(file, symlinkSync)],
  ['a hard link', (file: string) => linked(file, linkSync)],
])('--audio-out must not overwrite the file of --audio-in: %s', (_, otherName) => {
  const question = join(mkdtempSync(join(tmpdir(), 'runner-question-')), 'question.wav')
  writeFileSync(question, 'words')
  const message = callerFlagsFault({ audioIn: question, audioOut: otherName(question) }, false)
  expect(message).toBe(`--audio-out would write over ${question}, which --audio-in is to speak: name another file`)
})

test('with --page and --no-main, --say, --mic and --audio-out are rejected: there is no conversation for them', () => {
  expect(callerFlagsFault({ main: false }, true)).toBe(null)
  expect(callerFlagsFault({ main: false, say: ['hello'] }, true)).toMatch(exclude('--no-main', '--say'))
  expect(callerFlagsFault({ main: false, mic: true }, true)).toMatch(exclude('--mic', '--no-main'))
  expect(callerFlagsFault({ main: false, audioOut: 'a.wav' }, true)).toMatch(exclude('--no-main', '--audio-out'))
})

test.each<CallerFlags>([
  {},
  { mic: true, headphones: true },
  { jsonl: true, withAudio: true, main: false },
  { jsonl: true, audioIn: 'a.wav' },
  { jsonl: true, main: false, audioOut: 'a.wav' },
  { say: ['hello'], audioIn: 'a.wav', audioOut: 'b.wav' },
])('these flags are accepted together: %j', (flags) => {
  expect(callerFlagsFault(flags, false)).toBe(null)
})

function linked(file: string, link: (file: string, name: string) => void): string {
  const name = `${file}.link`
  link(file, name)
  return name
}
