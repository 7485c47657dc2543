import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createToolRunner } from '../../src/io/tool-process.ts'
import { toolNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'
import { toolBench } from '../helpers/tools.ts'

/** How long a thousand processes in a row may take on a loaded machine, in ms. */
const LIMIT_MS = 600_000

test.runIf(process.platform === 'linux')(
  'a thousand calls in a row leak no descriptor',
  { timeout: LIMIT_MS },
  async () => {
    const stateRoot = mkdtempSync(join(tmpdir(), 'runner-tools-'))
    const runner = createToolRunner({ baseEnv: process.env, stateRoot, hidden: () => [], log: () => {} })
    const tool = toolNamed('true', { run: ['/bin/true'], timeoutMs: 60_000 })
    const call = (callId: string) =>
      runner.run({ callId, tool, argumentsText: '{}', agent: 'support', conversation: 'main', generation: 1 }).finished
    await call('first')
    await runner.endConversation('main')
    const before = descriptors()
    for (let count = 0; count < 1000; count += 1) expect((await call(`row_${count}`)).status).toBe('ok')
    await runner.endConversation('main')
    await expect.poll(descriptors).toBeLessThanOrEqual(before)
    await runner.stop()
    rmSync(stateRoot, { recursive: true })
  },
)

test.runIf(process.platform === 'linux')(
  'a thousand worker calls in a row and 64 at once leak no descriptor and share one process',
  async () => {
    const bench = toolBench(process.env, { watched: false })
    const text = `#!/usr/bin/env node
import { serve } from '${root}/tools/lib/worker.mts'
serve(() => process.pid)`
    const worker = bench.script(text, 'worker.ts')
    const call = () => bench.run([worker], { mode: 'worker', timeoutMs: 60_000 })
    const first = await call()
    const before = descriptors()
    for (let count = 0; count < 1000; count += 1) expect(await call()).toEqual(first)
    const ends = await Promise.all(Array.from({ length: 64 }, call))
    expect(ends).toEqual(ends.map(() => first))
    expect(descriptors()).toBeLessThanOrEqual(before)
    await bench.close()
  },
)

test('the memory of a worker call is freed soon after it, before the next full garbage collection', async () => {
  const { ok, answered, kept } = await measureMemory('worker-memory-program.ts')
  expect(ok).toBe(51 * 16)
  expect(kept).toBeLessThan(answered / 4)
})

test('the answers of an MCP server are freed while it keeps running', async () => {
  const { ok, answered, kept } = await measureMemory('mcp-memory-program.ts')
  expect(ok).toBe(400)
  expect(kept).toBeLessThan(answered / 2)
})

/** The result of a program that measures memory, in its own process. */
async function measureMemory(program: string): Promise<{ ok: number; answered: number; kept: number }> {
  const path = join(root, 'test/helpers', program)
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', '--expose-gc', path])
  return JSON.parse(stdout)
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}
