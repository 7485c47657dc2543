import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectCopy, root, runner } from '../helpers/cli.ts'

const agent = 'agents/support.yaml'
const token = 'a-very-secret-token'
const moody = join(root, 'test/fixtures/mcp/moody.mjs')

async function tool(args: readonly string[], cwd = projectCopy(), env: { readonly [name: string]: string } = {}) {
  const cli = runner(['tool', ...args], { cwd, env, noInput: true })
  const code = await cli.ended
  return { code, stdout: cli.stdout(), stderr: cli.stderr() }
}

/** A project whose agent has one tool, `probe`, with this script. */
function projectWith(script: string, settings = ''): string {
  const folder = projectCopy()
  const file = join(folder, 'tools/probe.sh')
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  const declared = `description: Probes.\n    run: ../tools/probe.sh\n    parameters: { type: object, properties: {} }\n${settings}`
  const text = `version: 1\nname: probing\nmodel: openai/gpt-4.1-mini\nvoice: Sarah\ninstructions: Probe.\ntools:\n  - name: probe\n    ${declared}`
  writeFileSync(join(folder, 'agents/probe.yaml'), text)
  return folder
}

const runProbe = ['run', 'agents/probe.yaml', 'probe', '--trace']

/** The trace of a script that is ended once it has said that it is ready. */
async function interrupted(script: string, settings = ''): Promise<string> {
  const cli = runner(['tool', ...runProbe], {
    cwd: projectWith(script, `    timeout: 60s\n${settings}`),
    noInput: true,
  })
  await cli.shows(/^stderr +ready$/m)
  cli.child.kill('SIGINT')
  expect(await cli.ended).toBe(130)
  return cli.stderr()
}

test("tool run runs a tool as a conversation would, with only the model's answer on standard output", async () => {
  const { code, stdout, stderr } = await tool(['run', agent, 'lookup_order', '--args', '{"order_number":"A-1042"}'])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('shipped')
})

test('a tool finds its state folder where TMPDIR is relative too', async () => {
  const script = 'test -d "$RUNNER_STATE_DIR" && echo there'
  const { code, stdout } = await tool(runProbe, projectWith(script), { TMPDIR: '.' })
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'there\n' })
})

test('invalid arguments get the answer the model would get, and nothing is started', async () => {
  const { code, stdout, stderr } = await tool(['run', agent, 'lookup_order', '--args', '{"order":1}', '--trace'])
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ error: { kind: 'invalid_arguments' } })
  expect(stderr).toBe('runner: lookup_order ended as invalid_arguments; nothing was started\n')
})

test('arguments that are no JSON object are shown as the shell passed them on', async () => {
  const { code, stderr } = await tool(['run', agent, 'lookup_order', '--args', '{order_number:A-1042}'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/nothing was started: --args is "\{order_number:A-1042\}"; a JSON object in quotes is wanted/)
})

test('a trace shows what went in, what came out and how it ended, and no secret', async () => {
  const folder = projectWith('cat; echo "with $TOKEN" >&2; exit 69', '    env: [TOKEN, SHOP_DB]\n')
  const { code, stdout, stderr } = await tool([...runProbe, '--args', '{"n":12345678901234567890}'], folder, {
    TOKEN: token,
  })
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toEqual({ error: { kind: 'unavailable', message: 'with ***' } })
  expect(stderr).toMatch(/^command .*probe\.sh$/m)
  expect(stderr).toMatch(/^variables .*\bTOKEN\b.*RUNNER_CALL_ID/m)
  expect(stderr).toMatch(/^not set +SHOP_DB$/m)
  expect(stderr).toMatch(/^stdin +\{"n":12345678901234567890\}$/m)
  expect(stderr).toMatch(/^stdout +\{"n":12345678901234567890\}$/m)
  expect(stderr).toMatch(/^stderr +with \*\*\*$/m)
  expect(stderr).toMatch(/^exit +code 69 after \d+ ms$/m)
  expect(stdout + stderr).not.toContain(token)
})

test('a trace shows the steps by which a tool was ended', async () => {
  const late = await tool(runProbe, projectWith('exec sleep 60', '    timeout: 300ms\n'))
  expect(late.code).toBe(1)
  expect(JSON.parse(late.stdout)).toEqual({ error: { kind: 'timeout', message: 'took longer than 0.3 s' } })
  expect(late.stderr).toMatch(/answered +after \d+ ms\nsignal +SIGTERM .*\n(.*\n)*exit +ended by SIGTERM/)
  const deaf = await interrupted('trap "" TERM; echo ready >&2; while :; do sleep 0.05; done')
  expect(deaf).toMatch(/answered +after \d+ ms\nsignal +SIGTERM .*\nsignal +SIGKILL .*\n(.*\n)*exit +ended by SIGKILL/)
})

test("the reason of a tool's failure is shown to the operator, but not to the model", async () => {
  const { stdout, stderr } = await tool(runProbe.slice(0, 3), projectWith('echo "no database" >&2; exit 78'))
  expect(JSON.parse(stdout)).toEqual({ error: { kind: 'misconfigured', message: 'not available right now' } })
  expect(stderr).toBe('runner: probe ended as misconfigured (exit code 78: no database); --trace shows every step\n')
})

test("tool run prints only findings of the tool's own entry", async () => {
  const folder = projectCopy()
  const entry = (name: string) =>
    `  - { name: ${name}, description: Says., run: [echo, ${name}], parameters: { type: object, properties: { of_${name}: { type: string } } } }\n`
  writeFileSync(join(folder, 'agents/_more.yaml'), entry('bye').slice(2))
  const tools = `${entry('hello')}  - include: ./_more.yaml\n`
  writeFileSync(join(folder, 'agents/say.yaml'), `version: 1\nname: say\ninstructions: ""\ntools:\n${tools}`)
  const asked = async (name: string) =>
    (await tool(['run', 'agents/say.yaml', name], folder)).stderr.match(/of_\w+|RV6\d+/g)
  expect(await asked('hello')).toEqual(['of_hello', 'of_hello'])
  expect(await asked('bye')).toEqual(['of_bye', 'of_bye'])
  expect(await asked('neither')).toBeNull()
})

test('an unknown tool name is reported with the known ones', async () => {
  const unnamed = await tool(['run', agent])
  expect([unnamed.code, unnamed.stderr]).toEqual([
    2,
    expect.stringMatching(/name a tool of .*; it has: lookup_order, /),
  ])
  const { code, stderr } = await tool(['run', agent, 'lookup'])
  expect([code, stderr]).toEqual([2, expect.stringMatching(/has no tool "lookup"; it has: lookup_order, /)])
})

test('tool list shows each tool, what it runs and its variables', async () => {
  const { code, stdout } = await tool(['list', agent])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^lookup_order\n {2}Look up one order.*\n {2}runs \/.*lookup_order\.mjs\n {2}within 8 s, sees SHOP_DB$/m,
  )
})

test('tool check finds a script that cannot be started, and runs nothing', async () => {
  const folder = projectWith('touch "$0.was-run"')
  expect(await tool(['check', 'agents/probe.yaml'], folder)).toMatchObject({
    code: 0,
    stdout: 'can be started: probe\n',
  })
  chmodSync(join(folder, 'tools/probe.sh'), 0o644)
  const { code, stderr } = await tool(['check', 'agents/probe.yaml'], folder)
  expect(code).toBe(1)
  expect(stderr).toMatch(/probe\.yaml:\d+:\d+/)
})

test("a cancelled script gets the file's kill_after to tidy up", async () => {
  const script = `trap 'sleep 1; echo tidied >&2; exit' TERM; echo ready >&2; while :; do sleep 0.05; done`
  const patient = await interrupted(script, '    kill_after: 10s\n')
  expect(patient).toMatch(/^stderr +tidied$/m)
  expect(patient).not.toContain('SIGKILL')
  const hasty = await interrupted(script, '    kill_after: 0ms\n')
  expect(hasty).toContain('SIGKILL')
  expect(hasty).not.toContain('tidied')
})

test('output is passed on as configured: JSON minified, and cut at max_output', async () => {
  const json = await tool(runProbe, projectWith(`echo '{ "a": 1 }'`, '    output: json\n'))
  expect([json.code, json.stdout]).toEqual([0, '{"a":1}\n'])
  const prose = await tool(runProbe, projectWith('echo on its way', '    output: json\n'))
  expect([prose.code, JSON.parse(prose.stdout).error.kind]).toEqual([1, 'failed'])
  const long = await tool(runProbe, projectWith('printf %0500d 7', '    max_output: 256\n'))
  expect(long.stdout).toMatch(/^0+\n\[cut: this is the beginning of 500 bytes\]\n$/)
})

test.each([
  ['kill_after: 10s', 0],
  ['kill_after: 10001ms', 1],
  ['say_after: { delay: 100ms, text: One moment. }', 0],
  ['say_after: { delay: 61s, text: One moment. }', 1],
  ['max_output: 256', 0],
  ['max_output: 255', 1],
  ['output: xml', 1],
])('tool check of %s exits with %i', async (setting, code) => {
  const checked = await tool(['check', 'agents/probe.yaml'], projectWith('true', `    ${setting}\n`))
  expect([checked.code, checked.stderr.includes(setting)]).toEqual([code, code === 1])
})

test('a request is listed and run like a script, and its trace holds no secret', async () => {
  const server = createServer((request, response) =>
    response.end(`${request.url} for ${request.headers.authorization}`),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const folder = projectCopy()
  const http = `{ url: "http://127.0.0.1:${port}/orders/{n}", headers: { Authorization: "Bearer \${env:TOKEN}" }, allow_private: ["127.0.0.1"] }`
  const parameters = '{ type: object, required: [n], properties: { n: { type: integer, description: A number. } } }'
  const tools = `tools:\n  - name: probe\n    description: Probes.\n    http: ${http}\n    parameters: ${parameters}\n`
  writeFileSync(join(folder, 'agents/probe.yaml'), `version: 1\nname: probing\ninstructions: Probe.\n${tools}`)
  const listed = await tool(['list', 'agents/probe.yaml'], folder, { TOKEN: token })
  expect(listed.stdout).toContain(`asks GET http://127.0.0.1:${port}/orders/{n}`)
  const { code, stdout, stderr } = await tool([...runProbe, '--args', '{"n":7}'], folder, { TOKEN: token })
  expect([code, stdout]).toEqual([0, '/orders/7 for Bearer ***\n'])
  expect(stderr).toMatch(/^request +GET http:.*\/orders\/7$/m)
  expect(stderr).toMatch(/^status +200 from 127.0.0.1 after/m)
  expect(stderr).not.toContain(token)
  server.close()
})

test('the tools of an MCP server are listed and run', async () => {
  const folder = projectCopy()
  const server = join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js')
  const tools = `tools:\n  - mcp: { command: [node, "${server}", stdio], include: [echo] }\n`
  writeFileSync(join(folder, 'agents/probe.yaml'), `version: 1\nname: probing\ninstructions: Probe.\n${tools}`)
  const listed = await tool(['list', 'agents/probe.yaml'], folder)
  expect([listed.code, listed.stdout]).toEqual([
    0,
    expect.stringMatching(/^echo\n {2}Echoes back.*\n {2}asks the server index\n/),
  ])
  const { code, stdout, stderr } = await tool(
    ['run', 'agents/probe.yaml', 'echo', '--args', '{"message":"hello"}', '--trace'],
    folder,
  )
  expect([code, stdout]).toEqual([0, 'Echo: hello\n'])
  expect(stderr).toMatch(/^server +index$/m)
  const misfit = await tool(['run', 'agents/probe.yaml', 'echo', '--args', '{}'], folder)
  expect([misfit.code, JSON.parse(misfit.stdout).error.kind]).toEqual([1, 'invalid_arguments'])
})

test('an MCP server that cannot be started is reported', async () => {
  const folder = projectCopy()
  const tools = 'tools:\n  - mcp: { name: no-such-server, command: [sh, -c, exit 3] }\n'
  writeFileSync(join(folder, 'agents/probe.yaml'), `version: 1\nname: probing\ninstructions: Probe.\n${tools}`)
  const listed = await tool(['list', 'agents/probe.yaml'], folder)
  expect([listed.code, listed.stderr]).toEqual([3, expect.stringContaining('the server no-such-server is not there')])
  expect((await tool(['run', 'agents/probe.yaml', 'echo'], folder)).code).toBe(3)
})

test('an MCP server that cannot be started is reported once while tool list waits for another', async () => {
  const folder = projectCopy()
  const failing = 'echo >> runs; exit 3'
  const slow = `touch runs; until [ $(wc -l < runs) -ge 3 ]; do sleep 0.05; done; exec node ${moody}`
  const servers = Object.entries({ failing, slow }).map(
    ([name, script]) => `  - mcp: { name: ${name}, command: [sh, -c, ${JSON.stringify(script)}] }\n`,
  )
  writeFileSync(
    join(folder, 'agents/probe.yaml'),
    `version: 1\nname: probing\ninstructions: Probe.\ntools:\n${servers.join('')}`,
  )
  const { stdout, stderr } = await tool(['list', 'agents/probe.yaml'], folder)
  expect(stdout).toContain('Says it again.')
  expect(stderr.match(/is not there/g)).toHaveLength(1)
})

test("tool list shows a tool's limits", async () => {
  const settings = '    pin: true\n    retry: 1\n    limits: { memory: 256MB, cpu: 5s, files: 64 }\n'
  const { stdout } = await tool(['list', 'agents/probe.yaml'], projectWith('true', settings))
  expect(stdout).toContain(
    '  at most 256 MB; at most 5 s of processor time; at most 64 open files; from a copy; tried 2 times where it is unavailable\n',
  )
})

test.each([
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const)('%s ends the tool with what it has started, and then the command', async (signal, code) => {
  const seconds = 1_000_000 + process.pid
  const folder = projectWith(`sleep ${seconds} & echo ready >&2; wait`)
  const cli = runner(['tool', ...runProbe], { cwd: folder, noInput: true })
  await cli.shows(/^stderr +ready$/m)
  cli.child.kill(signal)
  expect(await cli.ended).toBe(code)
  expect(spawnSync('pgrep', ['-f', `sleep ${seconds}`]).status).toBe(1)
})

test('control characters in tool output are escaped on a terminal, and raw in a pipe', async () => {
  const folder = projectWith(
    String.raw`printf '\033[2J\033]0;title\007red\r\u202eerased'; printf '\033[H' >&2; exit $1`,
  )
  const words = `exec ${process.execPath} ${join(root, 'bin/runner.js')} tool ${runProbe.join(' ')}`
  const shown = spawnSync('script', ['-qfec', words, '/dev/null'], { cwd: folder, encoding: 'utf8' }).stdout
  expect(shown).toContain(String.raw`\u001b[2J\u001b]0;title\u0007red\u000d`)
  expect(shown).toMatch(/^stderr +\\u001b\[H\r$/m)
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u202e]/)
  expect((await tool(runProbe, folder)).stdout).toContain('\u001b[2J')
})

test.skipIf(process.platform !== 'linux')(
  'a tool has no controlling terminal, so that a password prompt fails at once',
  () => {
    const folder = projectWith('tty || true\n(: </dev/tty) 2>/dev/null && echo asked || echo cannot ask')
    const command = `${process.execPath} ${root}/bin/runner.js tool run agents/probe.yaml probe`
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd: folder, encoding: 'utf8' })
    expect(stdout.replaceAll('\r', '')).toBe('not a tty\ncannot ask\n')
  },
)
