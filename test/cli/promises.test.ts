import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts'
import { type Cli, type Line, linesOf, runner } from '../helpers/cli.ts'
import { createProject, deskYaml, pause, removeProject, summaryOf, watchProject } from '../io/watch-bench.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** An agent with a tool that runs until it is released, and the frames that the service and the runner exchange. */
interface Talk {
  readonly emulator: Emulator
  readonly cli: Cli
  /** Where the agent's project lies, and where the runner keeps its state. */
  readonly folder: string
  readonly state: string
  /** Events that the service was sent, and those that it sent. */
  sent(type: string): readonly Line[]
  heard(type: string): readonly Line[]
  lines(type: string): readonly Line[]
  /** The next save of the agent file. */
  save(...lines: readonly string[]): void
  /** Lets the tool end. */
  releaseTool(): void
  say(text: string, conversation?: string): void
  /** Makes the runner check its files now; resolves with the exit code of `runner reload`. */
  reloadNow(agent: string): Promise<number | null>
}

const INSTRUCTIONS = ['instructions: |', '  You are at the desk.', '  Be brief.', '  Be kind.']
const WAIT = [
  ...['tools:', '  - name: wait_here', '    description: Waits here until somebody comes.', '    run: ../wait.sh'],
  ...['    cwd: ..', '    parameters: { type: object }'],
]

async function talk(
  options: EmulatorOptions & { readonly file?: readonly string[]; readonly args?: readonly string[] } = {},
): Promise<Talk> {
  const folder = mkdtempSync(join(tmpdir(), 'runner-promises-'))
  const state = join(folder, '.runner')
  const file = join(folder, 'agents/desk.yaml')
  const save = (...lines: readonly string[]) =>
    writeFileSync(file, ['version: 1', 'name: desk', ...lines, ''].join('\n'))
  writeFileSync(join(folder, '.runner.yaml'), '')
  mkdirSync(join(folder, 'agents'))
  const wait = 'touch begun\nuntil [ -e let-go ]; do sleep 0.02; done\necho somebody came'
  writeFileSync(join(folder, 'wait.sh'), `#!/bin/sh\n${wait}\n`, { mode: 0o755 })
  save(...(options.file ?? [...INSTRUCTIONS, ...WAIT]))
  const frames: { readonly in: Line[]; readonly out: Line[] } = { in: [], out: [] }
  const emulator = await startEmulator({
    voice: 'hum',
    onFrame: (direction, frame) => frames[direction].push(JSON.parse(frame)),
    ...options,
  })
  const args = ['start', 'agents/desk.yaml', '--jsonl', '--base-url', emulator.url, ...(options.args ?? [])]
  const cli = runner(args, { cwd: folder, env: { INWORLD_API_KEY: 'key-1', RUNNER_FOLDER: state } })
  open.push(emulator, { close: () => cli.child.kill('SIGKILL') })
  await cli.shows(/"session\.ready"/)
  return {
    emulator,
    cli,
    folder,
    state,
    save,
    sent: (type) => frames.in.filter((frame) => frame.type === type),
    heard: (type) => frames.out.filter((frame) => frame.type === type),
    lines: (type) => linesOf(cli.stdout()).filter((line) => line.type === type),
    reloadNow: (agent) => runner(['reload', agent], { cwd: folder, env: { RUNNER_FOLDER: state } }).ended,
    releaseTool: () => writeFileSync(join(folder, 'let-go'), ''),
    say: (text, conversation = 'main') => cli.type(JSON.stringify({ type: 'text', text, conversation })),
  }
}

function bytesOf(base64: unknown): number {
  return Buffer.from(String(base64), 'base64').length
}

test('1. a reload is a load: a running agent reports a faulty save in the same words as validate', async () => {
  const { cli, folder, lines, save } = await talk()
  const faulty = [
    ['instructions: "open'],
    [...INSTRUCTIONS, 'tts: { speed: 9 }', 'voise: Sarah'],
    [...INSTRUCTIONS, 'tools: [{ name: gone, description: It is gone., run: ../gone.sh }]'],
    [...INSTRUCTIONS, 'instructions_file: ./nowhere.md'],
  ]
  for (const [index, content] of faulty.entries()) {
    save(...content)
    await cli.shows(new RegExp(`("reload\\.rejected"[\\s\\S]*){${index + 1}}`))
    const validation = runner(['validate', 'agents/desk.yaml', '--format', 'json'], { cwd: folder })
    await validation.ended
    expect(lines('reload.rejected').at(-1)?.diagnostics).toEqual(JSON.parse(validation.stdout()).findings)
  }
})

test('2. nothing half-read is ever used: a save in pieces, each of them a valid file, is one edit', async () => {
  const made = createProject()
  const watch = await watchProject(made, { settleMs: 1_000 })
  open.push({ close: () => removeProject(made) }, watch)
  const whole = `${deskYaml('Dennis')}greeting: Hello.\n`
  writeFileSync(made.path('agents/desk.yaml'), whole.slice(0, whole.indexOf('tools:')))
  writeFileSync(made.path('agents/prompt.md'), 'Be')
  await pause(20)
  writeFileSync(made.path('agents/prompt.md'), 'Be kind.\n')
  writeFileSync(made.path('agents/desk.yaml'), whole)
  expect(summaryOf(await watch.until('loaded'))).toBe('Dennis | Be calm. | Looks up. | Be kind.')
  expect(watch.reported()).toEqual(['loaded'])
})

test('3. a bad file changes nothing: the last good settings stay, and the same bad content is reported once', async () => {
  const { cli, lines, sent, save, say, reloadNow } = await talk()
  save(...INSTRUCTIONS, 'voise: Sarah')
  await cli.shows(/"reload\.rejected"/)
  save(...INSTRUCTIONS, 'voise: Sarah')
  expect(await reloadNow('desk')).not.toBe(0)
  say('hello')
  await cli.shows(/"agent\.transcript"[\s\S]*You are at the desk/)
  expect(sent('session.update')).toHaveLength(1)
  save(...INSTRUCTIONS, ...WAIT, 'voice: Sarah')
  await cli.shows(/"reload\.applied"/)
  expect(lines('reload.rejected')).toHaveLength(1)
  expect(lines('reload.applied')).toMatchObject([{ offered: 2, fields: ['voice'] }])
})

test('4. a conversation is never made worse: an edit during speech neither interrupts nor reconnects', async () => {
  const greeting = ['greeting: Good morning, this is the desk of the small hotel by the sea. How may I help you today?']
  const file = [...INSTRUCTIONS, ...greeting]
  const { cli, emulator, lines, heard, sent, save } = await talk({ pace: 'realtime', args: ['--with-audio'], file })
  await cli.shows(/"agent\.audio"/)
  save(...file, 'temperature: 0.3')
  await cli.shows(/"reload\.waiting"/)
  expect(sent('session.update')).toHaveLength(1)
  await cli.shows(/"reload\.applied"/)
  expect(lines('response.finished')).toMatchObject([{ status: 'completed' }])
  const passedOn = lines('agent.audio').reduce((sum, { audio }) => sum + bytesOf(audio), 0)
  expect(passedOn).toBe(heard('response.output_audio.delta').reduce((sum, { delta }) => sum + bytesOf(delta), 0))
  expect(sent('response.cancel')).toEqual([])
  expect(lines('agent.transcript').some(({ interrupted }) => interrupted)).toBe(false)
  expect([lines('session.ready').length, emulator.connections.length]).toEqual([1, 1])
})

test('5. each conversation has its own truth: what the service confirmed to it, not what is on disk', async () => {
  const { cli, lines, save, releaseTool, say } = await talk()
  cli.type('{"type":"conversation.open","conversation":"busy"}')
  await cli.shows(/"session\.ready"[^\n]*"busy"/)
  say('wait here', 'busy')
  await cli.shows(/"tool\.started"/)
  save(...INSTRUCTIONS, 'voice: Sarah', ...WAIT)
  await cli.shows(/"reload\.waiting"[^\n]*"busy"/)
  await cli.shows(/"reload\.applied"[^\n]*"main"/)
  say('hello')
  await cli.shows(/"response\.finished"[^\n]*"main"/)
  releaseTool()
  await cli.shows(/"reload\.applied"[^\n]*"busy"/)
  const under = (name: string) =>
    lines('response.finished').flatMap((line) => (line.conversation === name ? [line.under] : []))
  expect([under('main'), under('busy')]).toEqual([[2], [1, 1]])
  expect(lines('tool.finished')).toMatchObject([{ conversation: 'busy', generation: 1 }])
})

test('6. everything in flight finishes as it began: a tool that an edit removes still ends, and answers', async () => {
  const file = [...INSTRUCTIONS, 'reload: { apply: now }']
  const { cli, lines, sent, save, releaseTool, say } = await talk({ file: [...file, ...WAIT] })
  say('wait here')
  await cli.shows(/"tool\.started"/)
  const other = [
    'tools:',
    '  - name: leave',
    '    description: Leaves.',
    '    run: ../wait.sh',
    '    parameters: { type: object }',
  ]
  save(...file, ...other)
  await cli.shows(/"reload\.applied"/)
  releaseTool()
  await cli.shows(/"tool\.finished"/)
  expect(lines('tool.finished')).toMatchObject([
    { name: 'wait_here', status: 'ok', output: 'somebody came', generation: 2 },
  ])
  await cli.shows(/"response\.finished"[\s\S]*"response\.finished"/)
  const outputs = sent('conversation.item.create').filter(({ item }) => Object(item).type === 'function_call_output')
  expect(outputs).toMatchObject([{ item: { output: 'somebody came' } }])
  expect(lines('response.finished')).toMatchObject([{ under: 1 }, { under: 2 }])
})

test('7. everyone can see it: on every event, in the metrics, in the audit and by an exit code', async () => {
  const { cli, state, save, reloadNow } = await talk({ args: ['--metrics-port', '0'] })
  const url = (await cli.shows(/http:\S+\/metrics/)).trim()
  save(...INSTRUCTIONS, 'voice: Sarah', ...WAIT)
  await cli.shows(/"reload\.applied"/)
  const text = await (await fetch(url)).text()
  expect(text).toMatch(/^runner_reload\w*\{[^}]*outcome="applied"[^}]*\} 1$/m)
  const audit = linesOf(readFileSync(join(state, 'audit.ndjson'), 'utf8'))
  expect(audit).toContainEqual(expect.objectContaining({ ev: 'reload.acked', gen: 2, session: 'main' }))
  expect(await reloadNow('desk')).toBe(0)
  save(...INSTRUCTIONS, 'voise: Sarah')
  expect(await reloadNow('desk')).not.toBe(0)
  cli.child.stdin.end()
  expect(await cli.ended).toBe(0)
  for (const line of linesOf(cli.stdout())) expect(line.generation).toBeGreaterThanOrEqual(1)
})
