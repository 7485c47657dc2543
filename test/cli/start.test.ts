import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/server.ts'
import { type Cli, type CliOptions, projectCopy, root, runner } from '../helpers/cli.ts'

const agent = 'agents/support.yaml'
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

function start(args: readonly string[], options: CliOptions = {}): Cli {
  const cli = runner(['start', ...args], options)
  open.push({ close: () => cli.child.kill('SIGKILL') })
  return cli
}

async function emulatorWith(options: Parameters<typeof startEmulator>[0]): Promise<Emulator> {
  const emulator = await startEmulator({ voice: 'hum', ...options })
  open.push(emulator)
  return emulator
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

test('turns from the command line are answered one after another, and then it ends', async () => {
  const cli = start([agent, '--say', 'where is order A-1042?', '--say', 'tell me a joke'], { noInput: true })
  expect(await cli.ended).toBe(0)
  const said = cli.stdout().split('\n')
  const order = [
    'How can I help?',
    'where is order A-1042?',
    'lookup_order {"order_number":"A-1042"}',
    'status: shipped',
    'a joke',
  ]
  const lines = order.map((words) => said.findIndex((line) => line.includes(words)))
  expect(lines).toEqual([...lines].sort((one, other) => one - other))
  expect(lines).not.toContain(-1)
})

test('an offline start says so in one line', async () => {
  const cli = start([agent, '--say', 'hello'])
  await cli.ended
  expect(
    cli
      .stdout()
      .split('\n')
      .filter((line) => line.includes('offline: INWORLD_API_KEY is not set')),
  ).toHaveLength(1)
})

test('each line of a pipe is a turn, and the end of input ends the run after the last answer', async () => {
  const cli = start([agent])
  cli.child.stdin.end('where is order B-2077?\n\nwhen are you open on monday?\n')
  expect(await cli.ended).toBe(0)
  expect(cli.stdout()).toMatch(/status: delivered[\s\S]*On Monday the shop is open/)
})

test('with empty standard input it says that it runs until a signal, and ends cleanly', async () => {
  const cli = start([agent], { noInput: true })
  await cli.shows(
    /offline: [\s\S]*standard input holds nothing to say: the conversation goes on until Ctrl-C or SIGTERM/,
  )
  await cli.shows(/How can I help\?/)
  cli.child.kill('SIGINT')
  expect(await cli.ended).toBe(0)
})

test('an edit of the prompt is applied, and the next answer follows it', async () => {
  const folder = projectCopy()
  const cli = start([agent], { cwd: folder })
  await cli.shows(/How can I help\?/)
  edit(join(folder, agent), (text) => text.replace('You are Nora.', 'You are Captain Nora, a pirate.'))
  await cli.shows(/applied: instructions · generation 2/)
  cli.type('tell me about yourself')
  await cli.shows(/Captain Nora, a pirate/)
})

test('a faulty edit is shown with its line, and the conversation goes on', async () => {
  const folder = projectCopy()
  const cli = start([agent], { cwd: folder })
  await cli.shows(/How can I help\?/)
  edit(join(folder, agent), (text) => text.replace('eagerness: low', 'eagernes: low'))
  await cli.shows(/agents\/support\.yaml:41:3/)
  await cli.shows(/eagerness\?/)
  cli.type('where is order A-1042?')
  await cli.shows(/status: shipped/)
})

test('a file that is replaced by a rename is reloaded', async () => {
  const folder = projectCopy()
  const cli = start([agent], { cwd: folder })
  await cli.shows(/How can I help\?/)
  const file = join(folder, agent)
  writeFileSync(`${file}.new`, readFileSync(file, 'utf8').replace('voice: Sarah', 'voice: Clive'))
  renameSync(`${file}.new`, file)
  await cli.shows(/applied: voice · generation 2/)
})

test('an edit that the service refuses is shown at its line', async () => {
  const folder = projectCopy()
  const cli = start([agent], { cwd: folder })
  await cli.shows(/How can I help\?/)
  edit(join(folder, agent), (text) => text.replace('assemblyai/u3-rt-pro', 'acme/none'))
  await cli.shows(/refused by the service[\s\S]*agents\/support\.yaml:29:10/)
})

test('settings that cannot change in a session are deferred, with the reason', async () => {
  const folder = projectCopy()
  const cli = start([agent], { cwd: folder })
  await cli.shows(/How can I help\?/)
  edit(join(folder, agent), (text) => text.replace('Hi, this is Nora', 'Ahoy, this is Nora'))
  await cli.shows(/for the next session: greeting \(a conversation is greeted once\)/)
})

test('an edit that names a variable without a key is refused, and conversations go on as before', async () => {
  const folder = projectCopy()
  const { url } = await emulatorWith({})
  const env = { INWORLD_API_KEY: 'c29tZSBrZXk=', INWORLD_BASE_URL: url }
  const cli = start([agent, '--jsonl'], { cwd: folder, env })
  await cli.shows(/"agent.transcript"/)
  edit(join(folder, agent), (text) => `${text}\nconnection: { api_key_env: NOBODYS_KEY }\n`)
  await cli.shows(/"reload.rejected".*"RV902".*NOBODYS_KEY is not set/)
  cli.type('{"type":"conversation.open","conversation":"b"}')
  await cli.shows(/"session.ready".*"conversation":"b"/)
  cli.type('{"type":"text","text":"where is order A-1042?"}')
  await cli.shows(/"conversation":"main".*status: shipped/)
})

test('--settle accepts at most a minute', async () => {
  const cli = start([agent, '--settle', '60001'], { noInput: true })
  await cli.shows(/A whole number of ms from 0 to 60000 is wanted/)
  expect(await cli.ended).toBe(2)
})

const failures: readonly (readonly [string, readonly string[], CliOptions, number, RegExp])[] = [
  ['a missing file', ['agents/nobody.yaml'], {}, 2, /agents\/nobody\.yaml: there is no such file\n$/],
  [
    'a misspelt file name',
    ['agents/suport.yaml'],
    {},
    2,
    /there is no such file; did you mean agents\/support\.yaml\?\n$/,
  ],
  ['--online without a key', [agent, '--online'], {}, 4, /INWORLD_API_KEY is not set: set it/],
  [
    'an address that --offline would pass over',
    [agent, '--offline', '--base-url', 'wss://voice.example'],
    {},
    2,
    /--base-url/,
  ],
  ['an address without a key', [agent, '--base-url', 'wss://voice.example'], {}, 4, /INWORLD_API_KEY is not set/],
  [
    'an address in the environment without a key',
    [agent],
    { env: { INWORLD_BASE_URL: 'wss://voice.example' } },
    4,
    /is not set/,
  ],
  [
    'an address that would show the key',
    [agent, '--base-url', 'ws://voice.example'],
    { env: { INWORLD_API_KEY: 'k' } },
    2,
    /wss:\/\//,
  ],
  [
    'an address that is none',
    [agent, '--base-url', 'voice'],
    { env: { INWORLD_API_KEY: 'k' } },
    2,
    /voice is no address/,
  ],
  ['a WAV file that is missing', [agent, '--audio-in', 'nothing.wav'], {}, 2, /nothing\.wav/],
  [
    'nobody at the address',
    [agent, '--base-url', 'ws://127.0.0.1:1'],
    { env: { INWORLD_API_KEY: 'key-1' } },
    4,
    /sought at ws:\/\/127\.0\.0\.1:1 \(--base-url\)\n[\s\S]*refused/,
  ],
  [
    'nobody at the address that was left in the environment',
    [agent],
    { env: { INWORLD_API_KEY: 'key-1', INWORLD_BASE_URL: 'ws://127.0.0.1:1/path?k=v' } },
    4,
    /sought at ws:\/\/127\.0\.0\.1:1 \(INWORLD_BASE_URL\)\n[\s\S]*refused/,
  ],
  ['an unknown flag', [agent, '--ofline'], {}, 2, /--offline/],
]

test.each(failures)('%s ends the start with a message and its exit code', async (_name, args, options, code, words) => {
  const cli = start(args, { ...options, noInput: true })
  expect(await cli.ended).toBe(code)
  expect(cli.stdout() + cli.stderr()).toMatch(words)
  expect(cli.stderr()).not.toMatch(/\n\s+at /)
})

test.each([
  ['the --audio-in file is missing', ['--audio-in', 'nothing.wav']],
  ['no microphone', ['--mic']],
])('an earlier recording is not overwritten if the start fails: %s', async (_, flags) => {
  const recording = join(mkdtempSync(join(tmpdir(), 'runner-recording-')), 'heard.wav')
  writeFileSync(recording, 'heard before')
  const env = { PATH: '/nowhere', PULSE_SERVER: 'unix:/nowhere' }
  const cli = start([agent, '--offline', '--audio-out', recording, ...flags], { env, noInput: true })
  expect(await cli.ended).toBeGreaterThan(0)
  expect(readFileSync(recording, 'utf8')).toBe('heard before')
})

test('an internal error ends the process, whatever is open', async () => {
  const planted = "process.stdout.write = () => { throw new Error('planted') }"
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(planted)}` }
  const cli = start([agent, '--offline'], { env })
  expect(await cli.ended).toBe(3)
  expect(cli.stderr()).toMatch(/^runner: internal fault: planted \(--debug shows where\)$/m)
})

test('a faulty file is reported with all its faults, opens nothing, and exits with 1', async () => {
  const folder = projectCopy()
  edit(join(folder, agent), (text) =>
    text.replace('voice: Sarah', 'voise: Sarah').replace('temperature: 0.7', 'temperature: 7'),
  )
  const cli = start([agent], { cwd: folder, noInput: true })
  expect(await cli.ended).toBe(1)
  expect(cli.stderr()).toMatch(/voise[\s\S]*temperature/)
  expect(cli.stdout()).toBe('')
})

test.each([401, 402, 403])("a key refused with HTTP %i is reported with the service's message", async (status) => {
  const body = { code: 16, message: 'this key is not good', details: [] }
  const emulator = await emulatorWith({ faults: { refuseUpgrade: { status, body } } })
  const cli = start([agent, '--base-url', emulator.url], {
    env: { INWORLD_API_KEY: 'secret-key-123' },
    noInput: true,
  })
  expect(await cli.ended).toBe(4)
  expect(cli.stdout() + cli.stderr()).toMatch(new RegExp(`${status}[\\s\\S]*this key is not good`))
  expect(cli.stdout() + cli.stderr()).not.toMatch(/offline|secret-key-123/)
})

test('a connection to a busy service is retried', async () => {
  const emulator = await emulatorWith({ faults: { refuseUpgrade: { status: 429, times: 1 } } })
  const cli = start([agent, '--base-url', emulator.url, '--say', 'hello'], { env: { INWORLD_API_KEY: 'key-1' } })
  expect(await cli.ended).toBe(0)
  expect(cli.stdout()).toMatch(/busy[\s\S]*How can I help\?/)
})

test('a connection that cannot be restored ends the run with exit code 4', async () => {
  const emulator = await emulatorWith({ faults: { closeAfter: { events: 1, type: 'session.updated', code: 1011 } } })
  const cli = start([agent, '--base-url', emulator.url], { env: { INWORLD_API_KEY: 'key-1' }, noInput: true })
  expect(await cli.ended).toBe(4)
  expect(cli.stdout()).toMatch(/lost 6 times in a row/)
})

test('a working folder that is a symlink is followed to its current target after a deployment moves it', async () => {
  const place = mkdtempSync(join(tmpdir(), 'runner-releases-'))
  const current = join(place, 'current')
  const move = () => {
    const release = projectCopy()
    symlinkSync(release, join(place, 'next'))
    renameSync(join(place, 'next'), current)
    return join(release, agent)
  }
  move()
  const env = { PWD: current, RUNNER_FOLDER: join(place, 'state') }
  const cli = start([agent, '--jsonl', '--offline'], { cwd: current, env })
  await cli.shows(/"session.ready"/)
  const second = move()
  edit(second, (text) => text.replace('voice: Sarah', 'voice: Clive'))
  await cli.shows(/"reload.applied"[^\n]*Sarah → Clive/)
  edit(second, (text) => text.replace('voice: Clive', 'voice: Hades'))
  await cli.shows(/"reload.applied"[^\n]*Clive → Hades/)
  expect(await runner(['reload', agent], { cwd: current, env }).ended).toBe(0)
})

test('on an unsupported Node it prints one sentence', () => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })"
  const args = ['--import', `data:text/javascript,${encodeURIComponent(older)}`, join(root, 'bin/runner.js'), 'start']
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toMatch(/^runner needs Node 22\.22 or newer, 24, or 26 and newer; this is Node 20\.20\.2\..*\n$/)
})

test('--fault simulates a failure in a rehearsal, reported like a real one', async () => {
  const refused = start([agent, '--offline', '--fault', 'refuse=402', '--say', 'hello'], { noInput: true })
  expect(await refused.ended).toBe(4)
  expect(refused.stdout() + refused.stderr()).toContain('the service refused the connection (HTTP 402)')
  const pinged = start([agent, '--offline', '--fault', 'ping', '--fault', 'late-deltas', '--say', 'hello'])
  expect(await pinged.ended).toBe(0)
})

test.each([
  ['an unknown fault', ['--offline', '--fault', 'rain'], /^runner: there is no fault "rain"; there are: refuse, /],
  ['a fault without the emulator', ['--base-url', 'ws://127.0.0.1:9', '--fault', 'ping'], /--fault is for a rehearsal/],
  ['any model without the emulator', ['--online', '--accept-any-model'], /--accept-any-model is for a rehearsal/],
])('%s is wrong usage', async (_, args, said) => {
  const cli = start([agent, ...args], { noInput: true, env: { INWORLD_API_KEY: 'a-key-of-nobody' } })
  expect(await cli.ended).toBe(2)
  expect(cli.stderr()).toMatch(said)
})
