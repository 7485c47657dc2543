import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createFanOut } from '../../src/runner/fan-out.ts'
import { journalSink } from '../../src/runner/journal-sink.ts'
import type { Report } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

const generation = { number: 1, agent: agentWith() }
const ready = { type: 'session.ready', t: 1, conversation: 'main', generation: 1, ms: 5 } as Report
const over = { ...ready, t: 2, type: 'session.closed', reason: 'stopped', code: null, failed: false } as Report

/** The kinds of lines in the one journal of a folder. */
function kindsIn(folder: string): readonly string[] {
  const [name = '', ...others] = readdirSync(folder)
  expect(others).toEqual([])
  const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const { type, lost } = JSON.parse(line) as { type: string; lost?: number }
    return lost === undefined ? type : `${type} of ${lost}`
  })
}

test('a journal that could not be begun is told once, and begins with a gap as soon as it can', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-journal-'))
  rmSync(folder, { recursive: true })
  const told: string[] = []
  const fan = createFanOut([journalSink(folder)], (_sink, message) => told.push(message))
  fan.report(ready, generation)
  fan.report(ready, generation)
  mkdirSync(folder)
  fan.report(over, generation)
  await fan.close()
  expect(told).toEqual([expect.stringMatching(/ENOENT.*; what is said meanwhile is not written down$/)])
  expect(kindsIn(folder)).toEqual(['journal', 'gap of 2', 'generation', 'session.closed'])
})

/** The soft limit of a file's size stands in for a disk without room. */
const PROGRAM = `
  import { spawnSync } from 'node:child_process'
  import { readdirSync } from 'node:fs'
  import { journalSink } from ${JSON.stringify(resolve(import.meta.dirname, '../../src/runner/journal-sink.ts'))}
  const [folder, generation, ready, over] = process.argv.slice(1).map((text, index) => index === 0 ? text : JSON.parse(text))
  generation.agent.references = new Map()
  const told = []
  const limit = (bytes) => spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=' + bytes + ':unlimited'])
  const sink = journalSink(folder)
  const take = (report) => { try { return sink.take(report, generation) } catch (error) { told.push(error.message) } }
  limit(20)
  const before = readdirSync('/proc/self/fd').length
  for (let times = 0; times < 10; times += 1) take({ ...ready, t: times })
  told.push(readdirSync('/proc/self/fd').length - before + ' open, ' + readdirSync(folder).length + ' files')
  limit('unlimited')
  await take(over)
  console.log(told.join('\\n'))`

test.skipIf(process.platform !== 'linux')(
  'a disk that is full at the beginning of a conversation costs its lines, and neither open files nor empty ones',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runner-journal-'))
    const given = [folder, ...[generation, ready, over].map((value) => JSON.stringify(value))]
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module-typescript',
      '-e',
      PROGRAM,
      ...given,
    ])
    expect(stdout).toMatch(/^\S+\.jsonl: EFBIG.*; what is said meanwhile is not written down\n0 open, 0 files\n$/)
    expect(kindsIn(folder)).toEqual(['journal', 'gap of 10', 'generation', 'session.closed'])
  },
)
