import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cleanUpKilledRunners, runnerFolderName } from '../../src/io/processes/killed-runners.ts'
import { root } from '../helpers/cli.ts'
import { until } from '../helpers/tools.ts'

let parent: string

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'runner-left-'))
})

afterEach(() => rmSync(parent, { recursive: true }))

describe.skipIf(process.platform !== 'linux')('an orphaned process', () => {
  test.each([
    ['of a tool', TOOL],
    ['of an MCP server', SERVER],
  ])("%s is killed at the next start, and its runner's folder removed", async (_, program) => {
    const dead = await killedRunner(program)
    const [orphans, folder] = [carriers(), readdirSync(parent)]
    expect([orphans.length, folder]).toEqual([1, [dead]])
    expect(await cleanUpKilledRunners(parent)).toEqual([dead])
    await until(() => carriers().length === 0)
    expect(readdirSync(parent)).toEqual([])
  })

  test('of a runner that is still alive is left alone', async () => {
    const live = startRunner(TOOL)
    await until(() => carriers().length === 1)
    expect(await cleanUpKilledRunners(parent)).toEqual([])
    expect(carriers()).toHaveLength(1)
    live.kill('SIGKILL')
    await once(live, 'exit')
    expect(await cleanUpKilledRunners(parent)).toHaveLength(1)
    await until(() => carriers().length === 0)
  })
})

describe('a state folder', () => {
  const [, own = '', start = '', space = ''] = /^runner-(\d+)-(\d+)-(\d+)-tools$/.exec(runnerFolderName('tools')) ?? []

  test.each([
    ['of this process', runnerFolderName('tools')],
    ['of another container', `runner-${own}-1-${Number(space) + 1}-tools`],
    ['with another name', `runner-${own}`],
  ])('%s is left alone', async (_, name) => {
    mkdirSync(join(parent, name))
    expect(await cleanUpKilledRunners(parent)).toEqual([])
    expect(existsSync(join(parent, name))).toBe(true)
  })

  test('that is only a link to a folder is left alone', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'runner-elsewhere-'))
    writeFileSync(join(elsewhere, 'kept'), '')
    symlinkSync(elsewhere, join(parent, `runner-${own}-1-${space}-tools`))
    expect(await cleanUpKilledRunners(parent)).toEqual([])
    expect(readdirSync(elsewhere)).toEqual(['kept'])
    rmSync(elsewhere, { recursive: true })
  })

  test('of an earlier process with the same pid is removed', async () => {
    const name = `runner-${own}-${Number(start) - 1}-${space}-tools`
    mkdirSync(join(parent, name))
    expect(await cleanUpKilledRunners(parent)).toEqual(process.platform === 'linux' ? [name] : [])
  })
})

/** A child in its own session survives the kill of its parent and of the runner. */
const ORPHAN_COMMAND = `['sh', '-c', 'setsid sleep 600; sleep 600']`

const TOOL = `
  import { createToolRunner } from '${root}/src/io/tool-process.ts'
  import { toolNamed } from '${root}/test/helpers/agents.ts'
  const runner = createToolRunner({ baseEnv: process.env, stateRoot, hidden: () => [], log() {} })
  const tool = toolNamed('orphans', { run: ${ORPHAN_COMMAND}, timeoutMs: 600_000 })
  runner.run({ callId: 'call_1', tool, argumentsText: '{}', agent: 'a', conversation: 'c', generation: 1 })`

const SERVER = `
  import { createMcpServers } from '${root}/src/io/mcp/mcp-servers.ts'
  const servers = createMcpServers({ baseEnv: process.env, stateRoot, hidden: () => [], version: '0', log() {} })
  const reach = { kind: 'command', command: ${ORPHAN_COMMAND}, cwd: '/', env: [], named: [] }
  servers.setServers('c', [{ name: 'orphans', reach, include: null, manners: {} }], () => {})`

function startRunner(program: string) {
  const begun = `
    import { join } from 'node:path'
    import { runnerFolderName } from '${root}/src/io/processes/killed-runners.ts'
    const stateRoot = join('${parent}', runnerFolderName('tools'))`
  const whole = `${begun}${program}`
  return spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', whole], { stdio: 'inherit' })
}

/** Kills a runner once the child runs; returns the name of its folder. */
async function killedRunner(program: string): Promise<string> {
  const child = startRunner(program)
  await until(() => carriers().length === 1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  return readdirSync(parent)[0] ?? ''
}

/** Processes named sleep that carry a state directory of this test. */
function carriers(): readonly string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      const isSleep = readFileSync(`/proc/${id}/comm`, 'utf8') === 'sleep\n'
      return isSleep && readFileSync(`/proc/${id}/environ`, 'utf8').includes(`RUNNER_STATE_DIR=${parent}/`)
    } catch {
      return false
    }
  })
}
