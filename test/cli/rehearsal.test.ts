import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, runner } from '../helpers/cli.ts'

const everything = join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js')

const AGENT = `version: 1
name: desk
instructions: You tell the time.
tools:
  - { name: get_time, description: The current time., run: ./time.sh, timeout: 1s }
`

/** What comes of a conversation from the command line whose tools are that script, with what is added to the file and to the command. */
async function rehearsed(script: string, { added = '', flags = [] as readonly string[] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-rehearsal-'))
  writeFileSync(join(folder, '.runner.yaml'), '')
  writeFileSync(join(folder, 'desk.yaml'), AGENT + added)
  writeFileSync(join(folder, 'time.sh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const cli = runner(['start', 'desk.yaml', '--offline', ...flags, '--say', 'what time is it'], {
    cwd: folder,
    noInput: true,
  })
  return { code: await cli.ended, shown: cli.stdout() }
}

test.concurrent.each([
  ['exit 3', 'get_time (failed)'],
  ['kill -9 $$', 'get_time (crashed)'],
  ['exit 78', 'get_time (misconfigured)'],
  ['sleep 20', 'get_time (timeout)'],
])('a --say run in which a tool fails exits with 1: %s', async (script, tool) => {
  const { code, shown } = await rehearsed(script)
  expect(shown).toContain(`${tool} did not work, so this run ends with 1`)
  expect(code).toBe(1)
})

test.concurrent.each(['echo 12:30', 'exit 69', 'exit 64', 'exit 77'])(
  'a --say run in which a tool reports an expected failure exits with 0: %s',
  async (script) => {
    const { code, shown } = await rehearsed(script)
    expect(shown).toContain('get_time')
    expect(shown).not.toContain('this run ends with')
    expect(code).toBe(0)
  },
)

test.concurrent('a --say run in which an answer fails exits with 1', async () => {
  const { code, shown } = await rehearsed('echo 12:30', { flags: ['--fault', 'fail=1'] })
  expect(shown).toContain('the service (server_error) did not work, so this run ends with 1')
  expect(code).toBe(1)
})

test.concurrent('a --say run that is over before all was said exits with 1, and names what was not', async () => {
  const { code, shown } = await rehearsed('echo 12:30', {
    added: '  - control: end_call\n',
    flags: ['--say', 'end the call please'],
  })
  expect(shown).toContain('the conversation is over: the agent ended the call')
  expect(shown).toContain('"what time is it" was not said, since the conversation was over, so this run ends with 1')
  expect(code).toBe(1)
})

test.concurrent('a --say run whose MCP server cannot be started exits with 1, whatever was called', async () => {
  const { code, shown } = await rehearsed('echo 12:30', {
    added: '  - mcp: { name: shop, command: [sh, -c, exit 3] }\n',
  })
  expect(shown).toMatch(/get_time ok/)
  expect(shown).toContain('the server shop (not there) did not work, so this run ends with 1')
  expect(code).toBe(1)
})

test.concurrent('a --say run whose MCP server lacks an included tool exits with 1', async () => {
  const server = `[node, "${everything}", stdio]`
  const { code, shown } = await rehearsed('echo 12:30', {
    added: `  - mcp: { name: all, command: ${server}, include: [ecco, echo] }\n`,
  })
  expect(shown).toMatch(/get_time ok/)
  expect(shown).toContain('ecco of the server all (not there) did not work, so this run ends with 1')
  expect(code).toBe(1)
})

test.concurrent('an agent whose voice the emulator does not know is rehearsed with --accept-any-model', async () => {
  const added = 'voice: Josef\n'
  const refused = await rehearsed('echo 12:30', { added })
  expect(refused.shown).toContain("Unsupported voice: 'Josef'.")
  expect(refused.code).toBe(4)
  const { code, shown } = await rehearsed('echo 12:30', { added, flags: ['--accept-any-model'] })
  expect(shown).toMatch(/get_time ok/)
  expect(code).toBe(0)
})
