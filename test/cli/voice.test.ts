import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { wavHeader } from '../../src/audio/wav.ts'
import { startEmulator } from '../../src/emulator/server.ts'
import { type Cli, projectCopy, projectWhereWordsInterrupt, root, runner } from '../helpers/cli.ts'
import { missingForSound, openSoundCard, type SoundCard } from '../helpers/sound-card.ts'

const missing = missingForSound()
const open: { close(): unknown }[] = []

afterEach(() => {
  for (const device of open.splice(0)) device.close()
})

async function card(): Promise<SoundCard> {
  const opened = await openSoundCard()
  open.push(opened)
  return opened
}

function start(args: readonly string[], env: { readonly [name: string]: string }, cwd: string = projectCopy()): Cli {
  const cli = runner(['start', 'agents/support.yaml', '--offline', '--mic', ...args], { env, cwd })
  open.push({ close: () => cli.child.kill('SIGKILL') })
  return cli
}

test.skipIf(missing !== null)(
  `with --mic the greeting is played, and a spoken question is answered aloud${missing ? ` (skipped: ${missing} missing)` : ''}`,
  async () => {
    const sound = await card()
    const cli = start([], sound.env)
    await cli.shows(/microphone: PulseAudio or PipeWire; you are heard while the agent is silent/)
    await sound.hears('sound', 200)
    await sound.hears('silence', 1_000)
    await sound.say('where is my order')
    await cli.shows(/you +\[speech, \d\.\d s\]/)
    await sound.hears('sound', 200)
    cli.child.kill('SIGINT')
    expect(await cli.ended).toBe(0)
  },
)

test.skipIf(missing !== null)(
  `with --headphones speaking silences the agent, and so does Return${missing ? ` (skipped: ${missing} missing)` : ''}`,
  async () => {
    const sound = await card()
    const recording = join(mkdtempSync(join(tmpdir(), 'runner-voice-')), 'heard.wav')
    const cli = start(['--headphones', '--audio-out', recording], sound.env)
    await sound.hears('sound', 200)
    await sound.hears('silence', 1_000)
    await sound.say('tell me about yourself please')
    await sound.hears('sound', 500)
    await sound.say('stop it')
    await sound.hears('silence', 100)
    await cli.shows(/\[speech, \d\.\d s\][\s\S]*\[speech, \d\.\d s\]/)
    await sound.hears('sound', 500)
    cli.type('')
    await sound.hears('silence', 300)
    cli.child.kill('SIGINT')
    expect(await cli.ended).toBe(0)
    // Each of the two answers takes more than 15 s when nobody interrupts it.
    const recordedS = statSync(recording).size / 48_000
    expect(recordedS).toBeGreaterThan(1)
    expect(recordedS).toBeLessThan(15)
  },
)

test.skipIf(missing !== null)(
  `with --headphones a cough pauses the agent, which then resumes${missing ? ` (skipped: ${missing} missing)` : ''}`,
  async () => {
    const sound = await card()
    const cli = start(['--headphones'], sound.env, projectWhereWordsInterrupt(1_500))
    await sound.hears('sound', 200)
    await sound.hears('silence', 1_000)
    await sound.say('tell me about yourself please')
    await sound.hears('sound', 500)
    await sound.cough()
    await sound.hears('silence', 1_000)
    await sound.hears('sound', 500)
    cli.type('what else')
    await cli.shows(/you +what else/)
    const [before] = cli.stdout().split('what else')
    expect(before?.match(/\[speech, \d\.\d s\]/g)).toHaveLength(1)
    expect(before).not.toContain('—')
    cli.child.kill('SIGINT')
    expect(await cli.ended).toBe(0)
  },
)

test.skipIf(missing !== null)(
  `with --headphones a long turn is acknowledged by a backchannel word${missing ? ` (skipped: ${missing} missing)` : ''}`,
  async () => {
    const sound = await card()
    const cwd = projectCopy()
    appendFileSync(join(cwd, 'agents/support.yaml'), 'provider_data: { backchannel: { enabled: true } }\n')
    const cli = start(['--headphones'], sound.env, cwd)
    await sound.hears('sound', 200)
    await sound.hears('silence', 1_000)
    const spoken = sound.say(
      'I have ordered a tent and two sleeping bags and a pair of boots and I wonder where they are',
    )
    const beside = sound.hears('sound', 100)
    expect(await Promise.race([spoken.then(() => 'his own words were over'), beside.then(() => 'heard')])).toBe('heard')
    cli.child.kill('SIGINT')
    expect(await cli.ended).toBe(0)
  },
)

/** A talk whose connection is lost once an edit of who ends a turn waits for the next session. */
async function handOver(args: readonly string[], env: { readonly [name: string]: string } = {}): Promise<Cli> {
  const { promise: confirmed, resolve: confirm } = Promise.withResolvers<void>()
  const onFrame = (direction: 'in' | 'out', frame: string) => {
    if (direction === 'out' && frame.includes('"session.updated"')) confirm()
  }
  const emulator = await startEmulator({ voice: 'hum', onFrame })
  open.push(emulator)
  const cwd = projectCopy()
  const file = join(cwd, 'agents/support.yaml')
  const serviceEnv = { INWORLD_API_KEY: 'key', INWORLD_BASE_URL: emulator.url, ...env }
  const cli = runner(['start', 'agents/support.yaml', ...args], { cwd, env: serviceEnv })
  open.push({ close: () => cli.child.kill('SIGKILL') })
  await confirmed
  const manual = 'turn_detection: { type: manual }\n'
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^turn_detection:\n( .*\n)+/m, manual))
  await cli.shows(/for the next session: turn_detection/)
  emulator.connections[0]?.close(1006)
  await cli.shows(/connected again/)
  return cli
}

/** A file of this sound at 8 kHz. */
function wavOf(samples: Int16Array): string {
  const file = join(mkdtempSync(join(tmpdir(), 'runner-voice-')), 'question.wav')
  writeFileSync(file, Buffer.concat([wavHeader(samples.byteLength, 8_000), Buffer.from(samples.buffer)]))
  return file
}

test('a turn from a WAV file ends with the file after an edit to manual turn detection', async () => {
  const samples = Int16Array.from({ length: 6 * 8_000 }, (_, index) => Math.round(9_000 * Math.sin(index / 3)))
  const cli = await handOver(['--audio-in', wavOf(samples)])
  await cli.shows(/you +\[speech, \d\.\d s\]/)
  cli.child.kill('SIGINT')
  expect(await cli.ended).toBe(0)
})

test.skipIf(missing !== null)(
  `Return begins and ends a turn after an edit to manual turn detection${missing ? ` (skipped: ${missing} missing)` : ''}`,
  async () => {
    const sound = await card()
    const cli = await handOver(['--mic'], sound.env)
    cli.type('')
    await sound.say('where is my order')
    cli.type('')
    await cli.shows(/you +\[speech, \d\.\d s\]/)
    cli.child.kill('SIGINT')
    expect(await cli.ended).toBe(0)
  },
)

test('a recording on a full disk sets the exit code, and one that cannot be created ends the start', async () => {
  const cwd = projectCopy()
  const given = ['start', 'agents/support.yaml', '--offline', '--say', 'hello', '--audio-out']
  const limited = 'trap "" XFSZ; ulimit -f 100; exec "$@"'
  const full = spawnSync(
    'sh',
    ['-c', limited, 'sh', process.execPath, join(root, 'bin/runner.js'), ...given, 'said.wav'],
    { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  )
  expect(full.stdout).toContain('You said: "hello"')
  expect(full.stderr).toMatch(/said\.wav: cannot be written: /)
  expect(full.status).toBe(3)
  const nowhere = runner([...given, 'nowhere/said.wav'], { cwd, noInput: true })
  expect(await nowhere.ended).toBe(3)
  expect(nowhere.stderr()).toBe(
    'runner: --audio-out: nowhere/said.wav: cannot be written: there is no such file or folder\n',
  )
})

test('without a microphone the start fails, and names what was tried and what to do', async () => {
  const cli = start([], { PULSE_SERVER: 'unix:/nowhere', PATH: '/nowhere' })
  expect(await cli.ended).toBe(4)
  expect(cli.stderr()).toMatch(
    /^runner: --mic: no microphone gives sound \(PulseAudio or PipeWire: parec is not installed; .*talk in the browser/m,
  )
})

test.each([
  [['--mic', '--jsonl'], '--mic and --jsonl exclude each other: one of them is the caller'],
  [
    ['--mic', '--say', 'hi', '--audio-in', 'x.wav'],
    '--mic and --say, --audio-in exclude each other: one of them is the caller',
  ],
  [['--headphones'], '--headphones belongs to --mic'],
  [['--with-audio'], '--with-audio belongs to --jsonl'],
  [['--no-main'], '--no-main belongs to --jsonl or --page: nothing else would open a conversation'],
  [
    ['--no-main', '--page', '--say', 'hi'],
    '--no-main and --say exclude each other: there would be no conversation for it',
  ],
  [
    ['--jsonl', '--say', 'hi'],
    '--jsonl and --say exclude each other: a program writes {"type":"text","text":"…"} to standard input',
  ],
  [['--say', ' '], '--say wants words: a turn of the caller'],
  [['agents/../agents/support.yaml'], 'agents/../agents/support.yaml is named twice; name each agent file once'],
])('%j is wrong usage', async (flags, message) => {
  const cli = runner(['start', 'agents/support.yaml', ...flags], { noInput: true })
  expect(await cli.ended).toBe(2)
  expect(cli.stderr()).toBe(`runner: ${message}\n`)
})

test.each([
  ['', []],
  [', also beside a microphone', ['--audio-in', wavOf(new Int16Array(800))]],
])('the recording of a --say run holds each answer in full%s', async (_, args) => {
  const cwd = projectCopy()
  const tool = '{ name: dig, description: Digs., run: [echo, a piece of gold as large as the hand of a child] }'
  writeFileSync(join(cwd, 'dig.yaml'), `version: 1\nname: dig\ninstructions: You dig.\ntools:\n  - ${tool}\n`)
  const given = ['start', 'dig.yaml', '--offline', '--audio-out', 'said.wav', ...args, '--say', 'dig', '--say', 'dig']
  const cli = runner(given, { cwd, noInput: true })
  expect(await cli.ended).toBe(0)
  expect(cli.stdout().match(/dig says: a piece of gold/g)).toHaveLength(2)
  expect(cli.stdout()).not.toMatch(/ —|heard/)
  expect(statSync(join(cwd, 'said.wav')).size).toBeGreaterThan(5 * 48_000)
})
