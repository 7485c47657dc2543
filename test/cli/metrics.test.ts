import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Cli, runner } from '../helpers/cli.ts'

const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

function start(port: number): Cli {
  const cli = runner(['start', 'agents/support.yaml', '--jsonl', '--metrics-port', String(port)])
  open.push(cli)
  return cli
}

test('the metrics address is printed, and serves metrics while a conversation runs', async () => {
  const cli = start(0)
  const url = (await cli.shows(/http:\S+\/metrics/)).trim()
  await cli.shows(/"response.finished"/)
  const answer = await fetch(url)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await answer.text()
  expect(text).toContain('runner_conversations{agent="support"} 1')
  expect(text).toMatch(/^process_resident_memory_bytes /m)
  expect((await fetch(new URL('/', url))).status).toBe(404)
  expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  cli.child.stdin.end()
  expect(await cli.ended).toBe(0)
})

test("the page's server also serves metrics, even before any conversation", async () => {
  const cli = runner(['start', 'agents/support.yaml', '--page', '--no-main', '--port', '0'])
  open.push(cli)
  const url = (await cli.shows(/http:\S+:\d+/)).trim()
  const answer = await fetch(`${url}/metrics`)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await answer.text()
  expect(text).toMatch(/^# TYPE runner_turn_wait_seconds histogram$/m)
  expect(text).toContain('runner_conversations{agent="support"} 0')
})

test('a metrics port that is taken ends the start with a message', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((listening) => other.once('listening', listening))
  const { port } = other.address() as AddressInfo
  const cli = start(port)
  expect(await cli.ended).toBe(4)
  expect(cli.stderr()).toBe(`runner: --metrics-port: port ${port} is taken by another program\n`)
  other.close()
})

test('a start that fails after the metrics server opened still ends the process', async () => {
  const page = ['--page', '--host', '203.0.113.1', '--token', 'twelve-characters']
  const cli = runner(['start', 'agents/support.yaml', '--metrics-port', '0', ...page], { noInput: true })
  open.push(cli)
  await cli.shows(/the page cannot be served at 203\.0\.113\.1: .*\n/)
  expect(await cli.ended).toBe(4)
})
