import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Screen } from '../channels/screen.ts'
import { projectCopy, root } from '../helpers/cli.ts'

/** Wide enough for every line of this test. */
const COLUMNS = 300

test('a log line is shown above the input line, without disturbing it', async () => {
  const project = projectCopy()
  writeFileSync(join(project, 'tools/lookup_order.mjs'), '#!/bin/sh\necho "SHOP_DB is wrong" >&2\nexit 78\n')
  const { screen, type, until, end } = atTerminal(project)
  await until(/How can I help\?$/m)
  type('lookup order A-1042\rmore')
  await until(/lookup_order did not work[^\n]*right now\.\n {2}you {4}> more$/)
  end()
  expect(screen.shown.slice(screen.shown.indexOf('  you    lookup order A-1042') + 1)).toEqual([
    '  tool   lookup_order {"order_number":"A-1042"}',
    expect.stringMatching(/^ {2}error {2}tool ended tool=lookup_order .* detail="exit code 78: SHOP_DB is wrong"/),
    expect.stringMatching(/^ {2}tool {3}lookup_order misconfigured after \d+ ms: /),
    '  agent  lookup_order did not work: not available right now.',
    '  you    > more',
  ])
})

test('a log line has a line of its own in a --say run', async () => {
  const project = projectCopy()
  writeFileSync(join(project, 'tools/lookup_order.mjs'), '#!/bin/sh\necho "SHOP_DB is wrong" >&2\nexit 78\n')
  const { ended, raw } = atTerminal(project, { flags: '--say "lookup order A-1042"' })
  expect(await ended()).toBe(1)
  expect(raw()).toMatch(/^error {2}tool ended tool=lookup_order .* detail="exit code 78: SHOP_DB is wrong"/m)
})

test('a slow end is announced, and a second Ctrl-C exits at once', async () => {
  const project = projectCopy()
  writeFileSync(join(project, 'tools/stubborn.sh'), STUBBORN, { mode: 0o755 })
  const tool = 'name: stubborn, description: Stays., mode: worker, run: ../tools/stubborn.sh'
  const file = join(project, 'agents/support.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^tools:$/m, `tools:\n  - { ${tool} }`))
  const { type, until, ended, raw } = atTerminal(project)
  await until(/How can I help\?$/m)
  type('stubborn\r')
  await until(/stubborn says: here/)
  type('\u0003')
  await until(/ending what still runs; Ctrl-C leaves at once$/m)
  type('\u0003')
  expect(await ended()).toBe(130)
  expect(raw().endsWith(PASTE_PLAIN)).toBe(true)
})

test('a closed terminal ends the run cleanly', async () => {
  const project = projectWithHook()
  const { until, end } = atTerminal(project)
  await until(/How can I help\?$/m)
  end()
  await expect.poll(() => existsSync(join(project, 'agents/saved'))).toBe(true)
})

test('a closing terminal ends the run cleanly, even if its shell repeats SIGHUP', async () => {
  const project = projectWithHook()
  const { until, ended, raw } = atTerminal(project, { within: (command) => `echo pid $$; exec ${command}` })
  await until(/How can I help\?$/m)
  const pid = Number(/pid (\d+)/.exec(raw())?.[1])
  process.kill(pid, 'SIGHUP')
  await expect.poll(() => existsSync(join(project, 'agents/begun'))).toBe(true)
  process.kill(pid, 'SIGHUP')
  expect(await ended()).toBe(0)
  expect(existsSync(join(project, 'agents/saved'))).toBe(true)
})

test('Ctrl-Z gives the terminal to the shell, and fg takes it back with what was being typed', async () => {
  const { type, until, ended, raw } = atTerminal(projectCopy(), {
    within: (command) => `bash -mc '${command}; echo stopped; fg'`,
  })
  await until(/How can I help\?$/m)
  type('are you ther\u001a')
  await until(/stopped[\s\S]*you {4}> are you ther$/)
  type('e?\r')
  await until(/You said: "are you there\?"/)
  type('\u0004')
  expect(await ended()).toBe(0)
  expect(raw()).toMatch(/\u001b\[\?2004l[^\u001b]*stopped/)
})

test('Ctrl-Z is ignored without a shell that could resume the process', async () => {
  const { type, until, ended } = atTerminal(projectCopy())
  await until(/How can I help\?$/m)
  type('are you ther\u001a')
  await until(/you {4}> are you ther$/)
  type('e?\r')
  await until(/You said: "are you there\?"/)
  type('\u0004')
  expect(await ended()).toBe(0)
})

/** A worker that hears neither the end of its input nor SIGTERM. */
const STUBBORN = `#!/bin/sh
trap '' TERM
echo '{"ready":1}'
read -r line
id=\${line#*\\"id\\":\\"}
echo "{\\"id\\":\\"\${id%%\\"*}\\",\\"output\\":\\"here\\"}"
while :; do sleep 1; done
`
/** What is to be done at the end, and takes its time. */
function projectWithHook(): string {
  const project = projectCopy()
  mkdirSync(join(project, 'hooks'))
  writeFileSync(join(project, 'hooks/save.sh'), SLOW_HOOK, { mode: 0o755 })
  appendFileSync(join(project, 'agents/support.yaml'), '\nhooks: { session_ended: ../hooks/save.sh }\n')
  return project
}

const SLOW_HOOK = `#!/bin/sh
touch begun
sleep 0.5
touch saved
`
const PASTE_PLAIN = '\u001b[?2004l'

/** The command at a terminal, and what that shows. */
function atTerminal(project: string, { flags = '--no-page', within = (command: string) => `exec ${command}` } = {}) {
  const command = `stty cols ${COLUMNS}; ${within(`${process.execPath} ${root}/bin/runner.js start --offline ${flags}`)}`
  const env = { ...process.env, NO_COLOR: '1', TERM: 'xterm' }
  const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd: project, env })
  const screen = new Screen(COLUMNS)
  const output = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]()
  return {
    screen,
    type: (text: string) => child.stdin.write(text),
    /** Resolves once the rows that are shown fit. */
    async until(shown: RegExp) {
      while (!shown.test(screen.shown.join('\n'))) {
        const { done, value } = await output.next()
        if (done) throw new Error(`never showed ${shown}:\n${screen.shown.join('\n')}`)
        screen.write(value)
      }
    },
    /** The exit code, when all has been read. */
    async ended() {
      const code = once(child, 'exit').then(([code]) => code as number | null)
      for (let next = await output.next(); !next.done; next = await output.next()) screen.write(next.value)
      return code
    },
    raw: () => screen.raw,
    end: () => child.kill('SIGKILL'),
  }
}
