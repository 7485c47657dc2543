import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '../src/emulator/server.ts'
import { type Bench, interleave } from './bench.ts'
import { RUNNER, temporaryFolder } from './processes.ts'

/** The default settle time, in ms; only the time above it is measured. */
const SETTLE_MS = 200
const MANY = 100
const TOOLS = 20
const RESTART = fileURLToPath(new URL('reload-restart.mjs', import.meta.url))

export const bench: Bench = {
  title: 'from a save to the first byte of session.update at the server',
  async run() {
    const one = await open({ count: 1 })
    const equipped = await open({ count: 1, tools: TOOLS })
    const many = await open({ count: MANY })
    const atOnce = await open({ count: 1, args: ['--settle', '0'] })
    const restartOne = await open({ count: 1, restarts: true })
    const restartMany = await open({ count: MANY, restarts: true })
    const above = async (subject: Subject) => (await subject.save()) - SETTLE_MS
    const overhead = await interleave(
      [
        { name: '1 conversation', run: () => above(one) },
        { name: `1 conversation, ${TOOLS} tools`, run: () => above(equipped) },
        { name: `${MANY} conversations, the first update`, run: () => above(many) },
        { name: '1 conversation, --settle 0 and a rename', run: atOnce.save },
        { name: 'the machine: a bare timer of the window, and one look at a file', run: timerAndRead },
      ],
      { rounds: 60, warmups: 3 },
    )
    const beside = await interleave(
      [
        { name: '1 conversation', run: one.save },
        { name: '1 conversation, a watcher that restarts the process', run: restartOne.save },
        { name: `${MANY} conversations, the first update`, run: many.save },
        { name: `${MANY} conversations, a watcher that restarts the process`, run: restartMany.save },
        { name: '1 conversation, --settle 0 and a rename', run: atOnce.save },
      ],
      { rounds: 12, warmups: 1 },
    )
    for (const subject of [one, equipped, many, atOnce, restartOne, restartMany]) await subject.close()
    return [
      {
        title: `time above the settle window of ${SETTLE_MS} ms (without a window for --settle 0)`,
        rows: overhead,
        goal: 'p50 at most 5 ms, p99 at most 25 ms above the window',
      },
      {
        title: 'the whole time, the window included',
        baseline: '1 conversation',
        rows: beside,
        notes: [
          'the watcher restarts at the first event, without any window: a file that is half written would be started',
          'a restart ends every conversation and begins it anew; its figure is that of the first one to be back',
        ],
      },
    ]
  },
}

/** The machine's own share of the time above the window: how late a timer fires, and how long one read takes. */
async function timerAndRead(): Promise<number> {
  const before = performance.now()
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  await readFile(RUNNER)
  return performance.now() - before - SETTLE_MS
}

interface Subject {
  /** Saves the file, and gives the ms until the server has the first update with what was saved. */
  save(): Promise<number>
  close(): Promise<void>
}

/** A process with so many conversations at a server of its own, live before this resolves. */
async function open({
  count,
  tools = 0,
  args = [],
  restarts = false,
}: {
  count: number
  tools?: number
  args?: readonly string[]
  restarts?: boolean
}): Promise<Subject> {
  const folder = temporaryFolder()
  const file = join(folder, 'agents/desk.yaml')
  mkdirSync(join(folder, 'agents'))
  writeFileSync(join(folder, '.runner.yaml'), '')
  writeFileSync(file, agent(0, tools))
  let onUpdate = (_frame: string) => {}
  const emulator: Emulator = await startEmulator({
    voice: 'hum',
    onFrame(direction, frame) {
      if (direction === 'in' && frame.includes('"session.update"')) onUpdate(frame)
    },
  })
  /** Resolves once so many updates with this edit have come, with the moment of the first. */
  function updates(edit: number, wanted: number): Promise<number> {
    let seen = 0
    let first = 0
    return new Promise((resolve) => {
      onUpdate = (frame) => {
        if (!frame.includes(`Edit ${edit}.`)) return
        if (seen === 0) first = performance.now()
        seen += 1
        if (seen === wanted) resolve(first)
      }
    })
  }
  const runner = [RUNNER, 'start', file, '--jsonl', '--no-main', '--base-url', emulator.url, ...args]
  const command = restarts ? [RESTART, file, String(count), ...runner] : runner
  const opened = updates(0, count)
  const child: ChildProcess = spawn(process.execPath, command, {
    cwd: folder,
    env: { ...process.env, INWORLD_API_KEY: 'bench', NO_COLOR: '1' },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  if (!restarts)
    for (let index = 0; index < count; index += 1)
      child.stdin?.write(`${JSON.stringify({ type: 'conversation.open', conversation: `c${index}` })}\n`)
  await opened
  await waitForQuiet()
  let edits = 0
  return {
    async save() {
      edits += 1
      const all = updates(edits, count)
      const before = performance.now()
      writeFileSync(`${file}.new`, agent(edits, tools))
      renameSync(`${file}.new`, file)
      const first = await all
      await waitForQuiet()
      return first - before
    },
    async close() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      await emulator.close()
    },
  }
}

/** Lets confirmations come back, and files come to rest, before the next save. */
function waitForQuiet(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300))
}

function agent(edit: number, tools: number): string {
  const prompt = `version: 1\nname: desk\ninstructions: |\n  You are at the desk. Edit ${edit}.\n`
  return tools === 0 ? prompt : `${prompt}tools:\n${Array.from({ length: tools }, (_, index) => tool(index)).join('')}`
}

function tool(index: number): string {
  return `  - name: find_${index}
    description: Finds one order of shop ${index} by its number.
    http: { url: https://example.com/orders }
    parameters:
      type: object
      properties:
        order_number: { type: string, description: The order's number., pattern: '^[A-Z]-[0-9]{4}$' }
        shop: { type: integer, description: The shop's number., minimum: ${index} }
      required: [order_number]
`
}
