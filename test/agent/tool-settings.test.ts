import { describe, expect, test } from 'vitest'
import { load } from './loading.ts'

/** A file whose one tool has these settings besides. */
function withTool(...settings: readonly string[]): string {
  const lines = [
    '- name: look',
    '  description: Looks.',
    '  run: ./tools/fine.sh',
    ...settings.map((line) => `  ${line}`),
  ]
  return `version: 1\nname: desk\ninstructions: Be brief.\ntools:\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function toolWith(...settings: readonly string[]) {
  const loaded = load(withTool(...settings))
  expect(loaded.diagnostics).toEqual([])
  return loaded.status === 'loaded' ? loaded.agent.tools[0] : undefined
}

describe('the script that is passed to an interpreter', () => {
  const running = (run: string, ...settings: readonly string[]) => withTool(...settings).replace('./tools/fine.sh', run)

  test.each([
    ['[python3, shop/quote.py]', []],
    ['[python3, -u, /project/shop/quote.py, orders.js]', []],
    ['[python3, quote.py]', ['cwd: shop']],
    ['[python3, -c, "print(1)"]', []],
    ['[python3, -m, quotes, nowhere.py]', []],
    ['[python3, -c, "exec node nowhere.mjs"]', []],
    ['[python3, -c, nowhere.sh]', []],
    ['[python3, -r, library/nowhere.js, shop/quote.py]', []],
    ['[prlimit, "https://shop.example/nowhere.php"]', []],
    ['[prlimit, nowhere.pl]', []],
    ['[prlimit, run, --rm, shop, /app/nowhere.py]', []],
    ['[/usr/bin/python3, shop/quote.py]', []],
    ['[/project/tools/fine.sh, nowhere.py]', []],
    ['[./tools/fine.sh, nowhere.py]', []],
  ])('%s %j exists, or is no script', (run, settings) => {
    expect(load(running(run, ...settings)).diagnostics).toEqual([])
  })

  test.each([
    ['[python3, quote.py]', []],
    ['[python3, -u, shop/quote.py]', ['cwd: shop']],
    ['[/usr/bin/python3, quote.py]', []],
  ])('%s %j is missing in the working folder of the tool', (run, settings) => {
    const { diagnostics } = load(running(run, ...settings))
    expect(diagnostics).toMatchObject([
      { rule: 'RV501', message: expect.stringMatching(/^tool script \S*quote\.py is missing$/) },
    ])
  })
})

test('a script whose first line names no interpreter is told which line it wants', () => {
  const agent = withTool().replace('./tools/fine.sh', './tools/bare.py')
  const fault = {
    rule: 'RV503',
    message: 'tool script ./tools/bare.py names no interpreter in its first line',
    help: 'Begin it with the line #!/usr/bin/env python3',
  }
  expect(load(agent).diagnostics).toMatchObject([{ ...fault, level: 'error' }])
  expect(load(agent, 'start').diagnostics).toMatchObject([{ ...fault, level: 'warning' }])
})

describe('settings of a tool', () => {
  test('settings that are left out have their defaults', () => {
    expect(toolWith()).toMatchObject({ cwd: '/project', envFile: null, retry: 0 })
  })

  test('paths are relative to the file that names them', () => {
    expect(toolWith('cwd: shop', 'env_file: ./shop.env', 'retry: 3')).toMatchObject({
      cwd: '/project/shop',
      envFile: '/project/shop.env',
      retry: 3,
    })
  })

  test('cwd may be an absolute path outside the project', () => {
    expect(toolWith('cwd: /elsewhere')).toMatchObject({ cwd: '/elsewhere' })
  })

  test('limits are converted to bytes and seconds', () => {
    const limits = { memoryBytes: 256 * 1_048_576, cpuSeconds: 3, files: 64 }
    expect(toolWith('limits: { memory: 256MB, cpu: 2500ms, files: 64 }', 'pin: true')).toMatchObject({
      limits,
      pin: true,
    })
    for (const [memory, megabytes] of [['8MB', 8] as const, ['64GB', 65_536] as const])
      expect(toolWith(`limits: { memory: ${memory} }`)).toMatchObject({
        limits: { memoryBytes: megabytes * 1_048_576 },
      })
    expect(toolWith()).toMatchObject({ sandbox: 'none', network: false, pin: false, agentFolder: '/project' })
  })

  test('a limit of processor time is a fault for a worker, which outlives a call', () => {
    const { diagnostics } = load(withTool('mode: worker', 'limits: { cpu: 5s, files: 64 }'))
    expect(diagnostics.map(({ rule, message }) => [rule, message])).toEqual([
      ['RV512', 'tools[0].limits.cpu would end a worker, which lives on from call to call'],
    ])
    expect(toolWith('mode: worker')).toMatchObject({ mode: 'worker' })
  })

  test('a call runs in the background only if the file says so', () => {
    expect(toolWith()).toMatchObject({ background: false })
    expect(toolWith('background: true', 'confirm: true', 'on_interrupt: continue')).toMatchObject({ background: true })
  })

  test.each([
    ['on_interrupt: cancel', 'tools[0].on_interrupt', 'no interruption ends it'],
    ['say_after: { text: One moment. }', 'tools[0].say_after', 'it is answered at once'],
  ])('%s is a fault for a call in the background, where it has no effect', (setting, key, why) => {
    const { diagnostics } = load(withTool('background: true', setting))
    expect(diagnostics).toMatchObject([
      {
        rule: 'RV512',
        message: `${key} has no effect on a call in the background: ${why}`,
        range: { start: { line: 9 } },
      },
    ])
  })

  test('limits need a program that a machine may lack, and no limits need none', () => {
    const foundIn = (limits: string) => load(withTool(limits), 'validate', {}, []).diagnostics
    expect(foundIn('limits: {}')).toEqual([])
    expect(foundIn('limits: { files: 64 }')).toMatchObject([
      {
        rule: 'RV507',
        message: 'tools[0].limits needs prlimit, which is not on this machine',
        help: 'Install util-linux; without it the tool does not run.',
      },
    ])
  })

  test('a sandbox that is not available is a warning at the start, and the agent loads', () => {
    const loaded = load(withTool('sandbox: read_only'), 'start')
    expect([loaded.status, loaded.diagnostics.map(({ rule, level }) => [rule, level])]).toEqual([
      'loaded',
      [['RV507', 'warning']],
    ])
  })

  test.each([
    ['cwd: nowhere', 'RV201', 'tools[0].cwd: nowhere is missing'],
    ['cwd: shop.env', 'RV201', 'tools[0].cwd: shop.env is a file; a folder is wanted'],
    ['cwd: ../elsewhere', 'RV202', 'tools[0].cwd: ../elsewhere lies outside /project'],
    ['env_file: nowhere.env', 'RV201', 'tools[0].env_file: nowhere.env is missing'],
    ['env_file: shop', 'RV201', 'tools[0].env_file: shop is a folder; a file is wanted'],
    ['env_file: ../outside.md', 'RV202', 'tools[0].env_file: ../outside.md lies outside /project'],
    ['limits: { memory: 7MB }', 'RV506', 'tools[0].limits.memory is 7MB; 8MB to 64GB is wanted'],
    ['limits: { memory: 65GB }', 'RV506', 'tools[0].limits.memory is 65GB; 8MB to 64GB is wanted'],
    ['limits: { cpu: 500ms }', 'RV506', 'tools[0].limits.cpu is 500ms; 1s to 10m is wanted'],
    ['limits: { files: 15 }', 'RV106', 'tools[0].limits.files is 15; at least 16 and at most 65536 is wanted'],
    ['sandbox: isolated', 'RV507', 'tools[0].sandbox needs bwrap, which is not on this machine'],
    ['network: false', 'RV512', 'tools[0].network has no effect without a sandbox'],
    ['retry: 4', 'RV106', 'tools[0].retry is 4; at least 0 and at most 3 is wanted'],
  ])('%s is a fault at its place', (setting, rule, message) => {
    const [diagnostic, ...more] = load(withTool(setting)).diagnostics
    expect(more).toEqual([])
    expect(diagnostic).toMatchObject({ rule, message, range: { start: { line: 8 } } })
  })
})
