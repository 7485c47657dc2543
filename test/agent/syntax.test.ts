import { expect, test } from 'vitest'
import { load, told } from '../helpers/agent-files.ts'
import { load as loadAlone } from './loading.ts'

const head = 'version: 1\nname: desk\n'

test.each([
  ['instructions: "Hi\nvoice: Sarah\n', '3:15 RV002 a quote that is not closed'],
  ["instructions: 'Hi\n", '3:15 RV002 a quote that is not closed'],
  ['instructions: Hi\nstt: { language: en\n', '4:6 RV002 a bracket that is not closed'],
  ['instructions: Hi\noutput_modalities: [audio, text\nvoice: Sarah\n', '4:20 RV002 a bracket that is not closed'],
  ['instructions: Say: hello\n', '3:15 RV002 a second ": " in one line'],
  ['instructions: Hi\n voice: Sarah\n', '4:2 RV002 a key that is indented deeper than its neighbours'],
  [
    'instructions: Hi\nstt:\n  model: a\n    language: en\n',
    '6:5 RV002 a key that is indented deeper than its neighbours',
  ],
  ['instructions: Hi\nvoice: *nobody\n', '4:8 RV002 *nobody has no anchor before it'],
  ['instructions: Hi\nstt:\n\tlanguage: en\n\tmodel: a\n', '5:1 RV004 a tab indents this line'],
  ['instructions: Hi\n? [a]\n: b\n', '4:3 RV002 a key that is not a string'],
])('%j is told in plain words, where it is mended', (text, line) => {
  expect(told(load({ 'agents/desk.yaml': head + text }))).toEqual([`agents/desk.yaml:${line}`])
})

test('faults that leave the rest readable hide none of the others', () => {
  const text = `${head}instructions: "a\\qb"\nvoice: !foo Sarah\ntemprature: 2\nmax_output_tokens: 12345678901234567890\nvoice: Clive\n`
  expect(told(load({ 'agents/desk.yaml': text })).map((line) => /:(\d+:\d+ RV\d+)/.exec(line)?.[1])).toEqual([
    '3:17 RV002',
    '4:8 RV002',
    '5:1 RV101',
    '6:20 RV009',
    '7:1 RV003',
  ])
})

test.each([
  ['', 'the file is empty'],
  ['# nothing yet\n', 'the file is empty'],
  ['- name: desk\n', 'the file is a list; a map is wanted'],
  ['hello\n', 'the file is "hello"; a map is wanted'],
])('what is no map of settings is one fault: %j', (text, message) => {
  expect(told(load({ 'agents/desk.yaml': text })).map((line) => line.split(' ').slice(1).join(' '))).toEqual([
    `RV104 ${message}`,
  ])
})

test.each([
  ['temperature: "0.7"', '0.7'],
  ['max_output_tokens: "800"', '800'],
  ['greeting: 5', '"5"'],
  ['connection: { start_audio_paused: "true" }', 'true'],
  ['turn_detection: server_vad', '{ type: server_vad }'],
])('a value in the wrong dress is shown in the right one: %s', (line, right) => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}instructions: Hi.\n${line}\n` })
  expect(diagnostics.map(({ rule, suggest }) => [rule, suggest?.[0]?.replace])).toEqual([['RV104', right]])
})

test('a shell line under run is told as that', () => {
  const agent = `${head}instructions: Hi.\ntools: [{ name: a, description: A., run: "echo hi | cat" }]\n`
  const { diagnostics } = loadAlone(agent)
  expect(diagnostics).toMatchObject([{ rule: 'RV503', help: expect.stringContaining('no shell line') }])
})
