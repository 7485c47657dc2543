import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { type Bench, interleave, type Table } from './bench.ts'
import { createToolHarness, scriptTool } from './tools.ts'

/** Calls that are timed as one sample, so that the clock's own step does not show. */
const CALLS_A_SAMPLE = 20
const WORKER_LIBRARY = fileURLToPath(new URL('../tools/lib/worker.mts', import.meta.url))
const MCP_SERVER = fileURLToPath(
  new URL('../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url),
)

export const bench: Bench = {
  title: 'one call of a warm worker, beside a function call and beside a server of the Model Context Protocol',
  async run() {
    const harness = createToolHarness()
    const script = harness.script(
      'echo.ts',
      `#!/usr/bin/env node\nimport { serve } from '${WORKER_LIBRARY}'\nserve(({ message }) => answer(message))\nconst answer = (message: string) => 'Echo: ' + message\n`,
    )
    const tool = scriptTool([script], harness.folder, { mode: 'worker' })
    const client = new Client({ name: 'bench', version: '1' })
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [MCP_SERVER], stderr: 'ignore' }))
    const callers: readonly (readonly [name: string, call: () => unknown])[] = [
      ['a call of a worker', () => harness.call(tool, '{"message":"hello"}')],
      ['a function in this process', () => inProcess('{"message":"hello"}')],
      ['an MCP server over stdio', () => client.callTool({ name: 'echo', arguments: { message: 'hello' } })],
    ]
    const tables: Table[] = []
    for (const concurrency of [1, 16]) {
      const cases = callers.map(([name, call]) => ({ name, run: () => meanCallUs(call, concurrency) }))
      tables.push({
        title: `from the call to its answer, ${concurrency} in flight`,
        goal: 'p50 under 0.3 ms, and faster than an MCP server',
        baseline: 'a call of a worker',
        rows: await interleave(cases, { rounds: 150, warmups: 20, unit: 'µs' }),
        notes: ['the runner checks, masks, limits and logs each of its calls; the others do not'],
      })
    }
    await client.close()
    await harness.close()
    return tables
  },
}

/** What a worker does, without a worker. */
async function inProcess(argumentsText: string): Promise<string> {
  const { message } = JSON.parse(argumentsText)
  return `Echo: ${message}`
}

/** Mean time of a call, in µs, while so many are kept in flight: each that ends is followed by the next. */
async function meanCallUs(call: () => unknown, concurrency: number): Promise<number> {
  let left = CALLS_A_SAMPLE * concurrency
  let totalMs = 0
  const lane = async () => {
    while (left > 0) {
      left -= 1
      const before = performance.now()
      await call()
      totalMs += performance.now() - before
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return (totalMs * 1_000) / (CALLS_A_SAMPLE * concurrency)
}
