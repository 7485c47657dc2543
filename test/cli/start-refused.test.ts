import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { projectCopy, runner } from '../helpers/cli.ts'

const page = ['--page', '--port', '0']

test.each<[number, readonly string[]]>([
  [2, ['--metrics-host', '127.0.0.1']],
  [2, ['--metrics-host', '', '--metrics-port', '0']],
  [2, ['--host', '127.0.0.1', '--no-page']],
  [2, ['--headphones']],
  [2, ['--fault', 'nonsense', '--offline']],
  [2, ['--fault', 'stall', '--base-url', 'wss://127.0.0.1:1']],
  [2, ['--base-url', 'http://127.0.0.1']],
  [4, ['--online']],
  [1, ['tools/orders.json']],
  [2, ['agents/nobody.yaml']],
  [2, ['agents/support.yaml']],
  [2, ['--audio-in', 'nothing.wav', ...page]],
  [2, ['--audio-in', 'tools/opening_hours.py', ...page]],
  [3, ['--audio-out', 'nowhere/said.wav', ...page]],
  [4, ['--mic']],
  [4, ['--page', '--host', '203.0.113.1', '--token', 'twelve-characters']],
])('a start that ends with %i leaves no file and no folder behind: %j', async (code, flags) => {
  const cwd = projectCopy()
  const before = readdirSync(cwd, { recursive: true })
  const env = {
    PATH: '/nowhere',
    PULSE_SERVER: 'unix:/nowhere',
    INWORLD_API_KEY: flags.includes('--fault') ? 'any' : '',
  }
  const given = ['start', 'agents/support.yaml', '--journal', 'calls', '--audio-out', 'said.wav', ...flags]
  const cli = runner(given, { cwd, env, noInput: true })
  expect({ code: await cli.ended, stdout: cli.stdout() }).toEqual({ code, stdout: '' })
  expect(cli.stderr()).not.toBe('')
  expect(readdirSync(cwd, { recursive: true })).toEqual(before)
})

test('so does a start whose metrics port is taken', async () => {
  const cwd = projectCopy()
  const before = readdirSync(cwd, { recursive: true })
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((listening) => other.once('listening', listening))
  const { port } = other.address() as AddressInfo
  const given = ['start', 'agents/support.yaml', '--journal', 'calls', '--metrics-port', String(port)]
  const cli = runner(given, { cwd, noInput: true })
  expect(await cli.ended).toBe(4)
  expect(readdirSync(cwd, { recursive: true })).toEqual(before)
  other.close()
})
