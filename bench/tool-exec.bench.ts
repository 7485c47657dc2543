import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Bench, type Case, interleave, type Table } from './bench.ts'
import { createToolHarness, scriptTool } from './tools.ts'

/** A shell script that reads its arguments and answers, as short as a tool can be. */
const SCRIPT = '#!/bin/sh\nread -r line\necho "$line"\n'
const SETPRIV = ['setpriv', '--pdeathsig', 'KILL', '--no-new-privs', '--']
const PRLIMIT = ['prlimit', '--data=268435456', '--cpu=5:6', '--nofile=64', '--']
const ARGUMENTS = '{"order_number":"A-1042"}'

export const bench: Bench = {
  title: 'one call of a script: launch, arguments, answer, end',
  async run() {
    const harness = createToolHarness()
    const script = harness.script('tool.sh', SCRIPT)
    const tool = scriptTool([script], harness.folder)
    const runSandboxed = (sandbox: 'read_only' | 'isolated') => harness.call({ ...tool, sandbox }, ARGUMENTS)
    const limits = { memoryBytes: 268_435_456, cpuSeconds: 5, files: 64 }
    const bare = (words: readonly string[]) => () => runBare(words, harness.folder)
    const dispatch = await measure(
      [
        { name: 'bare spawn of setpriv … sh', run: bare([...SETPRIV, script]) },
        { name: 'a call of the runner', run: () => harness.call(tool, ARGUMENTS) },
      ],
      { title: 'the runner beside a bare child_process.spawn of the same command line', goal: 'at most 1.25× at p50' },
    )
    const helpers = await measure(
      [
        { name: 'bare spawn of sh', run: bare([script]) },
        { name: 'setpriv … sh', run: bare([...SETPRIV, script]) },
        { name: 'prlimit … setpriv … sh', run: bare([...PRLIMIT, ...SETPRIV, script]) },
      ],
      { title: 'what setpriv and prlimit cost, by bare spawn' },
    )
    const sandboxes = await measure(
      [
        { name: 'a call', run: () => harness.call(tool, ARGUMENTS) },
        { name: 'with limits (prlimit)', run: () => harness.call({ ...tool, limits }, ARGUMENTS) },
        { name: 'sandbox: read_only (bwrap)', run: () => runSandboxed('read_only') },
        { name: 'sandbox: isolated (bwrap)', run: () => runSandboxed('isolated') },
      ],
      { title: 'what limits and a sandbox cost, by calls of the runner' },
    )
    await harness.close()
    return [dispatch, helpers, sandboxes]
  },
}

async function measure(cases: readonly Case[], about: Pick<Table, 'title' | 'goal'>): Promise<Table> {
  return { ...about, baseline: cases[0]?.name ?? '', rows: await interleave(cases, { rounds: 200, warmups: 10 }) }
}

/** The same work by hand: one line in, all output out, until the process's end. */
async function runBare([file = '', ...words]: readonly string[], cwd: string): Promise<void> {
  const child = spawn(file, words, { cwd })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
  })
  child.stdin.end(`${ARGUMENTS}\n`)
  await once(child, 'close')
  if (output !== `${ARGUMENTS}\n`) throw new Error(`${file} answered ${output}`)
}
