import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectCopy, root, runner } from '../helpers/cli.ts'
import { until } from '../helpers/tools.ts'

const everything = join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js')
const filesystem = join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js')

function projectWith(tools: string): string {
  const folder = projectCopy()
  const head = 'version: 1\nname: probing\ninstructions: Probe.\noutput_modalities: [text]\n'
  writeFileSync(join(folder, 'agents/probe.yaml'), `${head}tools:\n${tools}`)
  return folder
}

test('a conversation can call the tools of its MCP servers from the first turn', async () => {
  const folder = projectWith(
    `  - mcp: { name: all, command: [node, "${everything}", stdio], include: [get-sum] }\n` +
      `  - mcp: { command: [node, "${filesystem}", "."], cwd: ., include: [list_allowed_directories] }\n`,
  )
  const cli = runner(
    [
      'start',
      'agents/probe.yaml',
      '--offline',
      '--say',
      'get the sum of 2 and 3',
      '--say',
      'list the allowed directories',
    ],
    { cwd: folder, noInput: true },
  )
  expect(await cli.ended).toBe(0)
  const shown = cli.stdout().replaceAll(/\s+/g, ' ')
  expect(shown).toMatch(/tool get-sum \{"a":2,"b":3\} tool get-sum ok in \d+ ms: The sum of 2 and 3 is 5/)
  expect(shown).toMatch(/list_allowed_directories ok in \d+ ms: .*\/agents/)
  expect(shown).not.toContain('reload')
})

test('the MCP client is loaded only for an agent with an MCP server', async () => {
  const hook = `
    import { registerHooks } from 'node:module'
    import { writeSync } from 'node:fs'
    const resolve = (name, context, next) => {
      if (name.includes('mcp-servers-')) writeSync(2, 'loads ' + name + '\\n')
      return next(name, context)
    }
    registerHooks({ resolve })`
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` }
  const without = runner(['start', 'agents/support.yaml', '--offline', '--say', 'where is order A-1042?'], {
    cwd: projectCopy(),
    noInput: true,
    env,
  })
  expect(await without.ended).toBe(0)
  expect(without.stderr()).not.toContain('loads')
  const folder = projectWith(`  - mcp: { command: [node, "${everything}", stdio], include: [echo] }\n`)
  const used = runner(['tool', 'list', 'agents/probe.yaml'], { cwd: folder, noInput: true, env })
  expect(await used.ended).toBe(0)
  expect(used.stderr()).toContain('loads ./mcp-servers-')
})

test('tool list shows which of two servers a tool name belongs to, and where the other is declared', async () => {
  const entry = (name: string) =>
    `  - mcp: { name: ${name}, command: [node, "${everything}", stdio], include: [echo] }\n`
  const cli = runner(['tool', 'list', 'agents/probe.yaml'], {
    cwd: projectWith(entry('one') + entry('other')),
    noInput: true,
  })
  expect(await cli.ended).toBe(3)
  expect(cli.stderr()).toBe(
    'runner: agents/probe.yaml:7:5 left out of the tools of other: echo; a call of that name goes to one\n',
  )
  expect(cli.stdout().match(/^echo/gm)).toHaveLength(1)
})

test('an MCP server without tools is reported on standard error', async () => {
  const says = (result: string) => `read -r line; echo '{"jsonrpc":"2.0","id":0,"result":${result}}'; cat >/dev/null`
  const init = '{"protocolVersion":"2025-06-18","serverInfo":{"name":"x","version":"1"},"capabilities":{}}'
  const folder = projectWith(`  - mcp: { name: bare, command: [sh, ./bare.sh], cwd: . }\n`)
  writeFileSync(join(folder, 'agents/bare.sh'), says(init))
  const cli = runner(['tool', 'list', 'agents/probe.yaml'], { cwd: folder, noInput: true })
  expect(await cli.ended).toBe(3)
  expect(cli.stderr()).toBe('runner: the server bare has no tools\n')
  expect(cli.stdout()).toBe('')
})

test('Ctrl-C while waiting for an MCP server ends the server and its children', async () => {
  const seconds = 2_000_000 + process.pid
  const folder = projectWith(`  - mcp: { command: [sh, -c, "sleep ${seconds} & touch started; wait"] }\n`)
  const cli = runner(['tool', 'list', 'agents/probe.yaml'], { cwd: folder, noInput: true })
  await until(() => existsSync(join(folder, 'agents/started')))
  cli.child.kill('SIGINT')
  expect(await cli.ended).toBe(130)
  expect(spawnSync('pgrep', ['-f', `sleep ${seconds}`]).status).toBe(1)
})
