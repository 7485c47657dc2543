import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import type { ToolOutcome } from '../../src/agent/tool.ts'
import { type CallOverrides, TOOL_FIXTURES, type ToolBench, toolBench } from '../helpers/tools.ts'

export const onLinux = process.platform === 'linux'
export const SECRET = 'very,secret value'

/** Calls of the scripts under test/fixtures/tools, or of any other command. */
export interface FixtureTools extends ToolBench {
  /** The outcome of a script there, by its name, or of a command. */
  outcomeOf(script: string | readonly string[], given?: CallOverrides): Promise<ToolOutcome>
  /** The logged fields of the last call that ended. */
  lastEnd(): ToolBench['logged'][number]['fields'] | undefined
}

/** A bench for each test of a file. After the test no process and no folder may be left of it. */
export function fixtureTools(): () => FixtureTools {
  let current: FixtureTools
  beforeEach(() => {
    current = createFixtureBench()
  })
  afterEach(async () => {
    await current.runner.stop()
    expect(readdirSync(current.stateRoot)).toEqual([])
    await current.close()
  })
  return () => current
}

function createFixtureBench(): FixtureTools {
  const baseEnv = {
    PATH: process.env.PATH,
    HOME: '/home/nobody',
    LANG: 'C',
    TZ: 'UTC',
    SHOP_TOKEN: SECRET,
    API_KEY: 'api-key-value',
    OTHER: 'x',
  }
  const bench = toolBench(baseEnv, { hidden: ['API_KEY'] })
  mkdirSync(bench.stateRoot)
  const about = { name: 'nasty', cwd: TOOL_FIXTURES, killAfterMs: 5_000, generation: 3 }
  const start = (run: readonly string[], given?: CallOverrides) => bench.start(run, { ...about, ...given })
  return {
    ...bench,
    call: (run, given) => bench.call(run, { ...about, ...given }),
    start,
    outcomeOf: (script, given) =>
      start(typeof script === 'string' ? [join(TOOL_FIXTURES, script)] : script, given).finished,
    lastEnd: () => bench.logged.filter(({ message }) => message === 'tool ended').at(-1)?.fields,
  }
}

export function linesOf(outcome: ToolOutcome): readonly string[] {
  return outcome.status === 'ok' ? outcome.output.split('\n') : [`${outcome.status}: ${outcome.message}`]
}
