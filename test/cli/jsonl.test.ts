import { spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterEach, expect, test } from 'vitest'
import schema from '../../schemas/jsonl.schema.json' with { type: 'json' }
import { wavHeader } from '../../src/audio/wav.ts'
import { type Cli, type Line, linesOf, projectCopy, root, runner } from '../helpers/cli.ts'

const agent = 'agents/support.yaml'
const open: Cli[] = []
const validateOutput = new Ajv({ strict: false })
  .addSchema(schema, 'jsonl')
  .compile({ $ref: 'jsonl#/definitions/output' })

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

function jsonl(args: readonly string[] = [agent], options: Parameters<typeof runner>[1] = {}): Cli {
  const cli = runner(['start', ...args, '--jsonl'], options)
  open.push(cli)
  return cli
}

async function allLines(cli: Cli, input: readonly object[]): Promise<readonly Line[]> {
  cli.child.stdin.end(input.map((line) => `${JSON.stringify(line)}\n`).join(''))
  expect(await cli.ended).toBe(0)
  return linesOf(cli.stdout())
}

function ofType(lines: readonly Line[], type: string): readonly Line[] {
  return lines.filter((line) => line.type === type)
}

test('every line fits the schema, and nothing else is on standard output', async () => {
  const lines = await allLines(jsonl([agent, '--with-audio']), [{ type: 'text', text: 'where is order A-1042?' }])
  const wrong = lines.filter((line) => !validateOutput(line))
  expect(wrong).toEqual([])
  expect(ofType(lines, 'agent.audio').length).toBeGreaterThan(0)
})

test('a turn, its tool call and its answer are reported in order, and the end of input waits for them', async () => {
  const lines = await allLines(jsonl(), [{ type: 'text', text: 'where is order A-1042?' }])
  const shown = [
    'session.ready',
    'agent.transcript',
    'caller.transcript',
    'tool.started',
    'tool.finished',
    'agent.transcript',
    'session.closed',
  ]
  expect(lines.map(({ type }) => type).filter((type) => shown.includes(type))).toEqual(shown)
  expect(ofType(lines, 'tool.finished')[0]).toMatchObject({
    name: 'lookup_order',
    status: 'ok',
    generation: 1,
    conversation: 'main',
  })
  expect(ofType(lines, 'session.closed')[0]).toMatchObject({ reason: 'stopped', code: null })
})

test('sound is left out without --with-audio', async () => {
  const lines = await allLines(jsonl(), [{ type: 'text', text: 'hello' }])
  expect(ofType(lines, 'agent.audio')).toEqual([])
})

test('an invalid line is reported, and the next one is read', async () => {
  const cli = jsonl()
  await cli.shows(/session\.ready/)
  cli.type('{"type":"txt","text":"hello"}')
  await cli.shows(/"type":"error"[^\n]*line 1: type: found/)
  cli.type('{"type":"text","text":"where is order B-2077?"}')
  await cli.shows(/tool\.finished/)
})

test('one process holds many conversations, and stop ends one of them', async () => {
  const cli = jsonl()
  cli.type('{"type":"text","text":"where is order A-1042?","conversation":"a"}')
  cli.type('{"type":"text","text":"where is order B-2077?","conversation":"b"}')
  await cli.shows(/"conversation":"a"[^\n]*status: shipped/)
  await cli.shows(/"conversation":"b"[^\n]*status: delivered/)
  cli.type('{"type":"stop","conversation":"a"}')
  await cli.shows(/"type":"session.closed"[^\n]*"conversation":"a"/)
  cli.type('{"type":"text","text":"when are you open on monday?","conversation":"b"}')
  await cli.shows(/"conversation":"b"[^\n]*On Monday/)
  cli.type('{"type":"stop"}')
  expect(await cli.ended).toBe(0)
})

test('lines open and close conversations while it runs, and a name is free again once its conversation is over', async () => {
  const cli = jsonl([agent, '--no-main'])
  const open = (conversation: string) => cli.type(JSON.stringify({ type: 'conversation.open', conversation }))
  const close = (conversation: string) => cli.type(JSON.stringify({ type: 'conversation.close', conversation }))
  open('a')
  open('b')
  await cli.shows(/"type":"session.ready"[^\n]*"conversation":"a"/)
  await cli.shows(/"type":"session.ready"[^\n]*"conversation":"b"/)
  open('a')
  await cli.shows(/"code":"name_taken"[^\n]*"conversation":"a"/)
  close('a')
  await cli.shows(/"type":"session.closed"[^\n]*"conversation":"a"/)
  close('b')
  await cli.shows(/"type":"session.closed"[^\n]*"conversation":"b"/)
  close('b')
  await cli.shows(/"code":"unknown_conversation"[^\n]*"conversation":"b"/)
  open('a')
  await cli.shows(/("type":"session.ready"[^\n]*"conversation":"a"[\s\S]*){2}/)
  cli.child.stdin.end()
  expect(await cli.ended).toBe(0)
  const lines = linesOf(cli.stdout())
  expect(lines.filter((line) => !validateOutput(line))).toEqual([])
  expect([...new Set(lines.map(({ conversation }) => conversation))]).toEqual(['a', 'b'])
})

test('a run without any open conversation waits for the next, and a signal ends it', async () => {
  const cli = jsonl([agent, '--no-main'])
  cli.type('{"type":"conversation.close","conversation":"a"}')
  await cli.shows(/unknown_conversation/)
  cli.child.kill('SIGTERM')
  expect(await cli.ended).toBe(0)
})

test('a conversation may be with another of the agents started', async () => {
  const folder = projectCopy()
  writeFileSync(
    join(folder, 'agents/other.yaml'),
    'version: 1\nname: other\ninstructions: You are a lighthouse keeper.\n',
  )
  const cli = jsonl([agent, 'agents/other.yaml'], { cwd: folder })
  cli.type('{"type":"text","text":"who are you","conversation":"x","agent":"other"}')
  await cli.shows(/"conversation":"x"[^\n]*lighthouse keeper/)
  cli.type('{"type":"text","text":"hi","conversation":"y","agent":"nobody"}')
  await cli.shows(/there is no agent \\"nobody\\"; there are: support, other/)
})

test("a line that names another agent than its conversation's is rejected", async () => {
  const folder = projectCopy()
  writeFileSync(join(folder, 'agents/other.yaml'), 'version: 1\nname: other\ninstructions: You keep a lighthouse.\n')
  const cli = jsonl([agent, 'agents/other.yaml'], { cwd: folder })
  const words = 'the conversation \\"main\\" is with the agent \\"support\\", not with \\"other\\"'
  const lines = await allLines(cli, [
    { type: 'text', text: 'hi', agent: 'other' },
    { type: 'text', text: 'hello', agent: 'support' },
  ])
  expect(cli.stdout()).toContain(words)
  expect(ofType(lines, 'error')).toMatchObject([{ code: 'other_agent', conversation: 'main', generation: 1 }])
  expect(ofType(lines, 'caller.transcript').map(({ text }) => text)).toEqual(['hello'])
})

test('a text for a conversation that is ending is rejected', async () => {
  const cli = jsonl()
  cli.type('{"type":"conversation.open","conversation":"b"}')
  await cli.shows(/"type":"agent.transcript",[^\n]*"conversation":"b"/)
  const lines = ['{"type":"conversation.close","conversation":"b"}', '{"type":"text","text":"hi","conversation":"b"}']
  cli.type(lines.join('\n'))
  await cli.shows(
    /"type":"error"[^\n]*is ending, and the text was not taken[^\n]*"code":"ending"[^\n]*"conversation":"b"/,
  )
  await cli.shows(/"type":"session.closed"[^\n]*"conversation":"b"/)
})

test('sound that comes after the end of its conversation opens no other, and a text does', async () => {
  const cli = jsonl([agent, '--no-main'])
  cli.type('{"type":"audio","audio":"AAAA","conversation":"b"}')
  await cli.shows(/"type":"session.ready"[^\n]*"conversation":"b"/)
  cli.type('{"type":"conversation.close","conversation":"b"}')
  await cli.shows(/"type":"session.closed"[^\n]*"conversation":"b"/)
  cli.type('{"type":"audio","audio":"AAAA","conversation":"b"}')
  cli.type('{"type":"conversation.close","conversation":"b"}')
  await cli.shows(/"code":"unknown_conversation"[^\n]*"conversation":"b"/)
  cli.type('{"type":"text","text":"hi","conversation":"b"}')
  await cli.shows(/("type":"session.ready"[^\n]*"conversation":"b"[\s\S]*){2}/)
})

test('an error about a line carries the generation in force', async () => {
  const folder = projectCopy()
  const file = join(folder, agent)
  const cli = jsonl([agent], { cwd: folder })
  await cli.shows(/"type":"agent.transcript",/)
  writeFileSync(file, readFileSync(file, 'utf8').replace('voice: Sarah', 'voice: Olivia'))
  await cli.shows(/"type":"reload.applied"/)
  const lines = await allLines(cli, [{ type: 'txt' }, { type: 'conversation.close', conversation: 'b' }])
  expect(ofType(lines, 'error').map(({ code, generation }) => `${code} ${generation}`)).toEqual([
    ...['bad_line 2', 'unknown_conversation 2'],
  ])
})

test('edits are events: applied, deferred, refused, rejected', async () => {
  const folder = projectCopy()
  const file = join(folder, agent)
  const cli = jsonl([agent], { cwd: folder })
  await cli.shows(/"type":"agent.transcript",/)
  const good = readFileSync(file, 'utf8')
  writeFileSync(file, good.replace('speed: 1.0', 'speed: 1.2').replace('Hi, this', 'Ahoy, this'))
  await cli.shows(/"type":"reload.applied"[^\n]*"generation":2[^\n]*"fields":\["tts.speed"\]/)
  await cli.shows(/"type":"reload.deferred"[^\n]*"fields":\["greeting"\]/)
  writeFileSync(file, good.replace('voice: Sarah', 'voice: Nobody'))
  await cli.shows(/"type":"reload.refused"[^\n]*"offered":3[^\n]*"line":11/)
  writeFileSync(file, good.replace('voice: Sarah', 'voise: Sarah'))
  await cli.shows(/"type":"reload.rejected"[^\n]*"rule":"RV101"/)
  writeFileSync(file, good.replace('speed: 1.0', 'speed: 1.2').replace('Hi, this', 'Ahoy, this'))
  await cli.shows(/"type":"reload.applied"[^\n]*"generation":2,"offered":2,"fields":\[\]/)
  cli.type('{"type":"stop"}')
  expect(await cli.ended).toBe(0)
  expect(linesOf(cli.stdout()).filter((line) => !validateOutput(line))).toEqual([])
})

test('caller sound is passed on, and a spoken turn is answered', async () => {
  const cli = jsonl()
  await cli.shows(/"type":"agent.transcript",/)
  const tone = Buffer.alloc(48_000 * 2)
  for (let index = 0; index < tone.length / 2; index += 1)
    tone.writeInt16LE(Math.round(12_000 * Math.sin(index / 9)), index * 2)
  cli.type(JSON.stringify({ type: 'audio', audio: tone.toString('base64') }))
  cli.type(JSON.stringify({ type: 'audio', audio: Buffer.alloc(48_000 * 4).toString('base64') }))
  await cli.shows(/"type":"caller.transcript"[^\n]*\[speech, [\d.]+ s\]/)
  await cli.shows(/"type":"agent.transcript"[^\n]*rehearsal/)
})

test('a WAV file is played to its end and answered even if standard input ends first', async () => {
  const tone = Buffer.from(Int16Array.from({ length: 8_000 }, (_, at) => Math.round(9_000 * Math.sin(at / 3))).buffer)
  const file = join(mkdtempSync(join(tmpdir(), 'runner-jsonl-')), 'question.wav')
  writeFileSync(file, Buffer.concat([wavHeader(tone.byteLength, 8_000), tone]))
  const lines = await allLines(jsonl([agent, '--audio-in', file]), [])
  expect(ofType(lines, 'caller.transcript').at(-1)?.text).toMatch(/^\[speech, /)
  expect(ofType(lines, 'agent.transcript').at(-1)?.text).toMatch(/I heard you speak/)
})

test('the end of input does not wait for a WAV file that no conversation plays', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'runner-jsonl-')), 'question.wav')
  writeFileSync(file, Buffer.concat([wavHeader(16_000, 8_000), Buffer.alloc(16_000)]))
  expect(await allLines(jsonl([agent, '--audio-in', file, '--no-main']), [])).toEqual([])
})

test('standard input that is not open for reading, as nohup leaves it, is empty', () => {
  const nohup = openSync('/dev/null', 'w')
  const given = [join(root, 'bin/runner.js'), 'start', agent, '--offline', '--jsonl']
  const { status, stdout } = spawnSync(process.execPath, given, {
    cwd: projectCopy(),
    stdio: [nohup, 'pipe', 'ignore'],
    encoding: 'utf8',
  })
  expect({ status, errors: ofType(linesOf(stdout), 'error') }).toEqual({ status: 0, errors: [] })
})
