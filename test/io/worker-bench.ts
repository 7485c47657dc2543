import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { ToolOutcome } from '../../src/agent/tool.ts'
import { root } from '../helpers/cli.ts'
import { type CallOverrides, type ToolBench, toolBench } from '../helpers/tools.ts'

const lib = join(root, 'tools/lib')

/** The workers of one test, which record their starts. */
export interface WorkerBench extends ToolBench {
  /** Writes a worker in TypeScript whose answer is this expression of `args` and `call`; returns its path. */
  worker(answer: string, before?: string): string
  ask(script: string, given?: CallOverrides): Promise<ToolOutcome>
  /** A file that exists once a worker was started. */
  readonly startsFile: string
  /** Process ids of the workers that were started. */
  starts(): readonly string[]
  logOf(message: string): readonly ToolBench['logged'][number]['fields'][]
}

/** A bench for each test of a file. */
export function workerBench(): () => WorkerBench {
  let current: WorkerBench
  beforeEach(() => {
    current = createWorkerBench(toolBench({ PATH: process.env.PATH, HOME: '/home/nobody', SHOP: 'a shop secret' }))
  })
  afterEach(() => current.close())
  return () => current
}

function createWorkerBench(bench: ToolBench): WorkerBench {
  const startsFile = `${dirname(bench.stateRoot)}/starts`
  return {
    ...bench,
    startsFile,
    worker: (answer, before = '') =>
      bench.script(
        `#!/usr/bin/env node
import { appendFileSync, existsSync, writeFileSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { serve, ToolError } from '${lib}/worker.mts'
appendFileSync('${startsFile}', process.pid + '\\n')
${before}
serve(async (args: any, call): Promise<unknown> => ${answer})
`,
        'worker.ts',
      ),
    ask: (script, given = {}) => bench.run([script], { mode: 'worker', ...given }),
    starts: () => (existsSync(startsFile) ? readFileSync(startsFile, 'utf8').trim().split('\n') : []),
    logOf: (message) => bench.logged.filter((line) => line.message === message).map(({ fields }) => fields),
  }
}
