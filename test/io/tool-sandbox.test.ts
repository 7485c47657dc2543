import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CallOverrides, type ToolBench, toolBench, until } from '../helpers/tools.ts'

const probe = spawnSync('bwrap', ['--ro-bind', '/', '/', '--unshare-pid', '--unshare-net', '--proc', '/proc', 'true'])
const canSandbox = probe.status === 0
const why = probe.error === undefined ? 'this machine allows no user namespaces' : 'there is no bwrap on this machine'
if (!canSandbox) process.stderr.write(`the tests of the sandbox are skipped: ${why}\n`)

const misconfigured = { status: 'misconfigured', message: 'not available right now' }
const modes = ['read_only', 'isolated'] as const

let bench: ToolBench

beforeEach(() => {
  bench = toolBench()
})

afterEach(() => bench.close())

describe('a tool that asks for a sandbox does not run', () => {
  test.each(modes)('as %s without bwrap, and only the operator learns why', async (sandbox) => {
    const without = toolBench({ PATH: '/no/such/folder' })
    const witness = join(dirname(without.stateRoot), 'ran')
    expect(await without.run(['/bin/sh', '-c', `touch ${witness}`], { sandbox })).toEqual(misconfigured)
    expect(existsSync(witness)).toBe(false)
    expect(endOf(without)).toMatchObject({ detail: expect.stringMatching(/sandbox needs bwrap .* not on the PATH/) })
    await without.close()
  })

  test.each([
    ['says why', 'echo "bwrap: No permissions to create new namespace" >&2; exit 1', /sandbox.*: .*No permissions/],
    ['says nothing', 'exit 3', /sandbox.*: it ended with 3$/],
    ['is killed', 'kill -KILL $$', /sandbox.*: it was ended by SIGKILL$/],
  ])('if bwrap cannot build one and %s', async (_how, script, words) => {
    const forbidden = programFolder('bwrap', script)
    const without = toolBench({ PATH: forbidden })
    expect(await without.run(['/bin/sh', '-c', 'echo ran'], { sandbox: 'isolated' })).toEqual(misconfigured)
    expect(endOf(without)).toMatchObject({ detail: expect.stringMatching(words) })
    await without.close()
    rmSync(forbidden, { recursive: true })
  })
})

describe.skipIf(!canSandbox)(`in a sandbox${canSandbox ? '' : ` (skipped: ${why})`}`, () => {
  describe.each(modes)('%s', (sandbox) => {
    const shell = (script: string, given: CallOverrides = {}) => bench.run(['sh', '-c', script], { sandbox, ...given })

    test('a tool gets its arguments and variables, and answers, as without one', async () => {
      const script = bench.script('#!/bin/sh\ncat; echo "$RUNNER_TOOL in $(pwd)"; echo "a line" >&2')
      const outcome = await bench.run([script], { sandbox, argumentsText: '{"a":1}' })
      expect(outcome).toEqual({ status: 'ok', output: `{"a":1}\ntried in ${dirname(script)}` })
      expect(bench.logged[0]?.fields).toMatchObject({ line: 'a line' })
    })

    test('a tool writes to its state directory, which outlives the call, and to a private /tmp', async () => {
      const kept = 'echo kept > "$RUNNER_STATE_DIR/kept" && echo x > "$TMPDIR/own" && ls /tmp'
      expect(await shell(kept)).toMatchObject({ status: 'ok', output: expect.stringContaining('own') })
      expect(existsSync(join(tmpdir(), 'own'))).toBe(false)
      expect(await shell('cat "$RUNNER_STATE_DIR/kept"; ls "$TMPDIR"')).toMatchObject({
        output: expect.not.stringContaining('own'),
      })
      expect(await shell('cat "$RUNNER_STATE_DIR/kept"')).toMatchObject({ output: 'kept' })
    })

    test.each(['the agent’s folder', 'the system', 'the script itself', 'the root'])(
      'a tool cannot write to %s',
      async (place) => {
        const script = bench.script('#!/bin/sh\ntouch "$1" && echo written')
        const files: { readonly [place: string]: string } = {
          'the agent’s folder': join(dirname(script), 'new'),
          'the system': '/usr/new-file',
          'the script itself': script,
          'the root': '/new-file',
        }
        const file = files[place] ?? ''
        const before = readFileSync(script, 'utf8')
        const outcome = await bench.run([script, file], { sandbox, agentFolder: dirname(script) })
        if (place !== 'the root' || sandbox === 'read_only') expect(outcome).toMatchObject({ status: 'failed' })
        expect([existsSync(file), readFileSync(script, 'utf8')]).toEqual([place === 'the script itself', before])
      },
    )

    test('a tool sees only its own processes, and has no capabilities', async () => {
      const outcome = await shell(
        'ps -e -o pid= | wc -l; grep CapEff /proc/self/status; mount -o remount,rw /usr 2>&1; mount -t tmpfs x /mnt 2>&1; true',
      )
      const [processes, rights] = outcome.status === 'ok' ? outcome.output.split('\n') : []
      expect(Number(processes)).toBeLessThan(8)
      expect(rights).toMatch(/CapEff:\s+0{16}/)
      expect(outcome).toMatchObject({
        output: expect.stringMatching(/permission denied|must be superuser|not permitted/i),
      })
    })

    test('a tool reaches the network only if network is set', async () => {
      const server = createServer((socket) => socket.end('hello\n')).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : 0
      const script = bench.script(
        `import { connect } from 'node:net'
        connect(${port}, '127.0.0.1').on('data', (data) => console.log(String(data))).on('error', ({ code }) => console.log(code))`,
        'reach.mjs',
      )
      expect(await bench.run(['node', script], { sandbox })).toMatchObject({
        output: expect.stringMatching(/^E[A-Z]+$/),
      })
      expect(await bench.run(['node', script], { sandbox, network: true })).toMatchObject({ output: 'hello\n' })
      server.close()
    })

    test('a script that is killed has crashed; one that cannot be started is misconfigured', async () => {
      expect(await shell('kill -SEGV $$')).toEqual({ status: 'crashed', message: 'ended by SIGSEGV' })
      expect(await shell('exit 3')).toEqual({ status: 'failed', message: 'exit code 3' })
      expect(await bench.run([bench.script('#!/no/such/interpreter\n')], { sandbox })).toEqual(misconfigured)
      expect(endOf(bench)).toMatchObject({ detail: expect.stringContaining('execvp') })
      expect(await bench.run(['/no/such/program'], { sandbox })).toEqual(misconfigured)
    })

    test('a tool that is ended may clean up, and is killed if it does not exit', async () => {
      const tidies = `trap 'echo tidy > "$RUNNER_STATE_DIR/tidy"; exit 0' TERM`
      const asked = `${tidies}; echo ready > "$RUNNER_STATE_DIR/ready"; while :; do sleep 0.02; done`
      const running = bench.start(['sh', '-c', asked], { sandbox, killAfterMs: 30_000 })
      await bench.written('ready')
      running.cancel()
      expect(await running.finished).toMatchObject({ status: 'cancelled' })
      await bench.written('tidy')
      const deaf = `trap '' TERM; while :; do sleep 0.02; done`
      expect(await shell(deaf, { timeoutMs: 300, killAfterMs: 100 })).toMatchObject({ status: 'timeout' })
      await until(() => bench.leftovers().length === 0)
    })

    test('a child that leaves the group and clears its environment ends with the call', async () => {
      const mark = `86${process.pid}`
      expect(await shell(`setsid env -i sleep ${mark} & echo answered`)).toMatchObject({ output: 'answered' })
      await until(() => spawnSync('pgrep', ['-f', `sleep ${mark}`]).status !== 0)
    })

    test('fixed arguments that look like options of bwrap reach the tool', async () => {
      expect(await bench.run(['printf', '%s|', '$HOME', '--', '--bind'], { sandbox })).toMatchObject({
        output: '$HOME|--|--bind|',
      })
    })
  })

  test('a read_only tool reads what the runner can, an isolated one sees no other files', async () => {
    const elsewhere = mkdtempSync('/var/tmp/runner-sandbox-')
    writeFileSync(join(elsewhere, 'letter'), 'dear Nora')
    const read = (sandbox: 'read_only' | 'isolated') => bench.run(['sh', '-c', `cat ${elsewhere}/letter`], { sandbox })
    expect(await read('read_only')).toMatchObject({ output: 'dear Nora' })
    expect(await read('isolated')).toMatchObject({ status: 'failed', message: expect.stringContaining('No such file') })
    expect(await bench.run(['sh', '-c', 'cat /etc/shadow'], { sandbox: 'isolated' })).toMatchObject({
      status: 'failed',
    })
    rmSync(elsewhere, { recursive: true })
  })

  test.each([
    ['', []],
    [' of an interpreter on the PATH', ['sh']],
    [' of an interpreter named by its path', ['/bin/sh']],
  ])(
    'an isolated tool sees the agent’s folder, the working directory and the folder of the script%s',
    async (_, shell) => {
      const script = bench.script('#!/bin/sh\ncat "$1/data" data "$(dirname "$0")/data"')
      const [agentFolder, cwd] = ['agent', 'work'].map((name) => join(dirname(script), '..', `${name}-${process.pid}`))
      for (const folder of [agentFolder, cwd, dirname(script)]) {
        mkdirSync(folder ?? '', { recursive: true })
        writeFileSync(join(folder ?? '', 'data'), 'x')
      }
      const outcome = await bench.run([...shell, script, agentFolder ?? ''], {
        sandbox: 'isolated',
        agentFolder: agentFolder ?? '',
        cwd: cwd ?? '',
      })
      expect(outcome).toEqual({ status: 'ok', output: 'xxx' })
      for (const folder of [agentFolder, cwd]) rmSync(folder ?? '', { recursive: true })
    },
  )

  test.each(modes)('a %s worker answers, writes to its own folder, and ends with its input', async (sandbox) => {
    const script = bench.script(`#!/bin/sh
echo '{"ready":1}'
while read -r line; do
  touch "$RUNNER_STATE_DIR/own" && ! touch "$0.new" 2>/dev/null && echo '{"id":"c","output":"held"}'
done`)
    expect(await bench.run([script], { sandbox, mode: 'worker', callId: 'c' })).toEqual({
      status: 'ok',
      output: 'held',
    })
    await bench.runner.stop()
    expect(bench.leftovers()).toEqual([])
    expect(bench.logged.filter(({ message }) => message === 'worker crashed')).toEqual([])
  })

  test.each(modes)('a %s tool finds linked folders at the paths of their links', async (sandbox) => {
    const script = bench.script(
      '#!/bin/sh\npwd; cat data; ls "$(dirname "$0")"; touch "$RUNNER_STATE_DIR/own" && echo written',
    )
    const real = dirname(script)
    writeFileSync(join(real, 'data'), 'seen\n')
    for (const place of [homedir(), tmpdir()]) {
      const link = join(place, `.sandbox-link-${process.pid}-${sandbox}`)
      symlinkSync(real, link)
      const outcome = await bench.run([join(link, basename(script))], { sandbox, agentFolder: link, cwd: link })
      rmSync(link)
      expect(outcome).toMatchObject({ status: 'ok', output: expect.stringMatching(/\nseen\n(.*\n)*written$/) })
    }
  })

  test('limits apply', async () => {
    const limits = { memoryBytes: null, cpuSeconds: null, files: 32 }
    expect(await bench.run(['sh', '-c', 'ulimit -n'], { sandbox: 'isolated', limits })).toMatchObject({ output: '32' })
  })

  test('a pinned script runs', async () => {
    const script = bench.script('#!/bin/sh\necho pinned')
    expect(await bench.run([script], { sandbox: 'isolated', pin: true })).toMatchObject({ output: 'pinned' })
  })
})

function endOf({ logged }: ToolBench) {
  return logged.filter(({ message }) => message === 'tool ended').at(-1)?.fields
}

function programFolder(name: string, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-programs-'))
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return folder
}
