import { describe, expect, test } from 'vitest'
import { root, runner } from '../helpers/cli.ts'

test('runner --help lists the commands', async () => {
  const { code, stdout } = await ran('--help')
  expect(code).toBe(0)
  for (const command of ['start', 'validate', 'schema', 'emulator']) expect(stdout).toContain(`  ${command}`)
})

test.each([
  ['help', '--help'],
  ['help start', 'start --help'],
  ['--help start', 'start --help'],
  ['help tool run', 'tool run --help'],
  ['tool help', 'tool --help'],
  ['tool help run', 'tool run --help'],
  ['version', '--version'],
])('runner %s means runner %s', async (words, flags) => {
  const { code, stdout } = await ran(words)
  expect({ code, stdout }).toEqual({ code: 0, stdout: (await ran(flags)).stdout })
})

describe('a command that does not exist has no help', () => {
  test.each([
    ['help strat', 'strat'],
    ['--help strat', 'strat'],
    ['strat --help', 'strat'],
    ['help agents/support.yaml', 'agents/support.yaml'],
    ['help tool lits', 'tool lits'],
    ['tool lits -h', 'tool lits'],
  ])('runner %s ends as runner %s does', async (words, without) => {
    const ended = await ran(words)
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Did you mean') })
    expect(ended).toEqual(await ran(without))
  })
})

test.each(['start', 'init', 'show', 'tool run', 'logs', 'reload'])(
  'runner %s with an empty argument, as of a variable that is not set, does nothing',
  async (command) => {
    const message = 'runner: an argument is empty; is a variable of a script not set?\n'
    expect(await ran(`${command} `)).toEqual({ code: 2, stdout: '', stderr: message })
  },
)

async function ran(words: string) {
  const cli = runner(words.split(' '), { cwd: root, noInput: true })
  const code = await cli.ended
  return { code, stdout: cli.stdout(), stderr: cli.stderr() }
}
