import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runner } from '../helpers/cli.ts'
import { type LanguageServer, type Position, startLanguageServer } from './language-server.ts'

const path = 'agents/support.yaml'
let server: LanguageServer
let text: string

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-editor-'))
  await runner(['init'], { cwd: folder, noInput: true }).ended
  text = readFileSync(join(folder, path), 'utf8')
  server = await startLanguageServer(folder)
})

afterAll(() => server.close())

test('an editor finds no fault in what init writes', async () => {
  expect(await server.open(path, text)).toEqual([])
})

test('an editor explains the setting under the pointer', async () => {
  await server.open('agents/hovered.yaml', text)
  expect(await server.hover('agents/hovered.yaml', placeOf('eagerness', text))).toContain(
    'turn counts as over: low waits longest',
  )
  expect(await server.hover('agents/hovered.yaml', placeOf('voice', text))).toContain('Who speaks')
})

test.each([
  ['at the top', (written: string) => `${written}|`, ['temperature', 'tts', 'audio']],
  ['inside a setting', (written: string) => `${written}stt:\n  |`, ['language', 'prompt']],
  ['inside a tool', (written: string) => `${written}    |`, ['kill_after', 'env', 'output']],
  ['the values of a setting', (written: string) => written.replace(': low', ': |low'), ['high', 'medium']],
])('an editor completes %s', async (where, typing, offered) => {
  const typed = typing(text)
  const before = typed.slice(0, typed.indexOf('|', text.indexOf('turn_detection'))).split('\n')
  const path = `agents/${where.replaceAll(' ', '-')}.yaml`
  await server.open(path, before.join('\n') + typed.slice(before.join('\n').length + 1))
  const labels = await server.completion(path, { line: before.length - 1, character: before.at(-1)?.length ?? 0 })
  expect(labels).toEqual(expect.arrayContaining(offered))
})

test.each([
  ['what a parent gives', 'extends: ./_base.yaml\n'],
  ['a file that others extend', 'voice: Sarah\ntts: { speed: 1.1 }\n'],
  [
    'what the environment gives',
    `version: 1
name: desk
instructions: Be brief.
model: \${env:MODEL}
voice: \${env:VOICE}
stt: { model: "\${env:STT}" }
tts: { model: "\${env:TTS}" }
connection:
  base_url: \${env:ADDRESS}
  auth: \${env:AUTH:-basic}
  api_key_env: \${env:KEY_NAME:-INWORLD_API_KEY}
  start_audio_paused: \${env:PAUSED:-false}
  connect_timeout: \${env:PATIENCE:-10s}
  confirm_timeout: \${env:PATIENCE:-5s}
`,
  ],
])('an editor accepts %s', async (where, typed) => {
  const path = `agents/${where.replaceAll(' ', '-')}.yaml`
  expect(await server.open(path, `# yaml-language-server: $schema=../schemas/agent.schema.json\n${typed}`)).toEqual([])
})

test('an editor marks a fault in its place', async () => {
  const faulty = text.replace('eagerness:', 'eagernes:')
  const problems = await server.open('agents/faulty.yaml', faulty)
  expect(problems).toMatchObject([
    { message: expect.stringContaining('eagernes'), range: { start: placeOf('eagernes', faulty) } },
  ])
  const half =
    '# yaml-language-server: $schema=../schemas/agent.schema.json\ninstructions: Hi.\nconnection: { auth: bacis }\n'
  expect((await server.open('agents/half.yaml', half)).map(({ message }) => message).sort()).toEqual([
    ...['name', 'version'].map((key) => expect.stringContaining(`Missing property "${key}"`)),
    expect.stringContaining('Valid values: "basic", "bearer"'),
  ])
})

test('an editor checks a file of tools whose first line names its schema', async () => {
  const list = (key: string) => `# yaml-language-server: $schema=../schemas/agent.schema.json#/properties/tools
- name: opening_hours
  description: When the shop is open.
  run: ../tools/opening_hours.sh
  ${key}: 3s
`
  expect(await server.open('agents/_tools.yaml', list('timeout'))).toEqual([])
  expect(await server.open('agents/_slip.yaml', list('tiemout'))).toMatchObject([
    { message: expect.stringContaining('tiemout'), range: { start: { line: 4, character: 2 } } },
  ])
})

function placeOf(word: string, content: string): Position {
  const lines = content.split('\n')
  const line = lines.findIndex((each) => !each.startsWith('#') && each.includes(word))
  return { line, character: lines[line]?.indexOf(word) ?? 0 }
}
