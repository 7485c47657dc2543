import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/server.ts'
import { type Cli, linesOf, runner } from '../helpers/cli.ts'

/** What OTHER_KEY holds, which desk's tools know at the start and no agent names as its key. */
const OTHER_KEY = 'b3RoZXIta2V5'
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** Two agents, desk and shop: each with what is put below its prompt. */
function project(given: { readonly desk?: string; readonly shop?: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-keys-'))
  mkdirSync(join(folder, 'agents'))
  writeFileSync(join(folder, 'package.json'), '{}')
  const write = (name: 'desk' | 'shop', more: string) =>
    writeFileSync(join(folder, `agents/${name}.yaml`), `version: 1\nname: ${name}\ninstructions: Help.\n${more}`)
  write('desk', given.desk ?? '')
  write('shop', given.shop ?? '')
  return { folder, write }
}

function start(folder: string, env: { readonly [name: string]: string }, flags: readonly string[] = []): Cli {
  const cli = runner(['start', 'agents/desk.yaml', 'agents/shop.yaml', '--jsonl', ...flags], { cwd: folder, env })
  open.push({ close: () => cli.child.kill('SIGKILL') })
  return cli
}

test('an edit that names an unset key variable is rejected at its line, even if the emulator answers for another agent', async () => {
  let sessions = 0
  const onFrame = (direction: 'in' | 'out', frame: string) => {
    if (direction === 'out' && frame.includes('"session.created"')) sessions += 1
  }
  const service = await startEmulator({ voice: 'hum', onFrame })
  open.push(service)
  const connection = (name: string) => `connection:\n  base_url: ${service.url}\n  api_key_env: ${name}\n`
  const { folder, write } = project({ desk: connection('DESK_KEY'), shop: connection('SHOP_KEY') })
  const cli = start(folder, { DESK_KEY: 'ZGVzaw==' })
  await cli.shows(/SHOP_KEY is not set, so the built-in emulator answers for shop/)
  await cli.shows(/"session.ready"/)
  write('desk', connection('NOBODYS_KEY'))
  await cli.shows(/"reload.rejected"[^\n]*"RV902"[^\n]*agents\/desk\.yaml[^\n]*"line":6,"column":16/)
  cli.type('{"type":"conversation.open","conversation":"b"}')
  await cli.shows(/"session.ready"[^\n]*"conversation":"b"/)
  expect(sessions).toBe(2)
})

test('an edit that names a set key variable switches from the emulator to the service, and that is logged once', async () => {
  const service = await startEmulator({ voice: 'hum' })
  open.push(service)
  const connection = (name: string) => `connection:\n  base_url: ${service.url}\n  api_key_env: ${name}\n`
  const { folder, write } = project({ desk: connection('NOBODYS_KEY') })
  const cli = start(folder, { DESK_KEY: 'ZGVzaw==' })
  await cli.shows(/"session.ready"/)
  write('desk', connection('DESK_KEY'))
  await cli.shows(/"reload.deferred"/)
  cli.type('{"type":"conversation.open","conversation":"b"}')
  cli.type('{"type":"conversation.open","conversation":"c"}')
  await cli.shows(/"session.ready"[^\n]*"conversation":"c"/)
  const logged = cli.stderr().match(/"agent":"desk","key":"DESK_KEY","msg":"the service answers from now on[^"]*"/g)
  expect(logged).toHaveLength(1)
})

test.each([
  [
    'an address where nobody listens',
    async () => 'ws://127.0.0.1:9/',
    /"warning"[^\n]*connection to 127.0.0.1:9 refused/,
  ],
  [
    'a refused key',
    async () => {
      const service = await startEmulator({ voice: 'hum', faults: { refuseUpgrade: { status: 401, times: 100 } } })
      open.push(service)
      return service.url
    },
    /"warning"[^\n]*HTTP 401[^\n]*look at the key in NEW_KEY/,
  ],
])('an edit of the connection to %s loses no call when its connection drops', async (_, addressOf, cause) => {
  const service = await startEmulator({ voice: 'hum' })
  open.push(service)
  const connection = (url: string, key: string) => `connection:\n  base_url: ${url}\n  api_key_env: ${key}\n`
  const { folder, write } = project({ desk: connection(service.url, 'DESK_KEY') })
  const cli = start(folder, { DESK_KEY: 'ZGVzaw==', NEW_KEY: 'bmV3' })
  await cli.shows(/"session.ready"/)
  write('desk', connection(await addressOf(), 'NEW_KEY'))
  await cli.shows(/"reload.deferred"[^\n]*"it belongs to the connection"/)
  for (const { close } of service.connections) close(1006)
  await cli.shows(cause)
  await cli.shows(/"reload.deferred"[^\n]*"this one was opened with the connection settings before the edit"/)
  cli.type('{"type":"text","text":"are you there?"}')
  await cli.shows(/"agent.transcript"/)
})

const TOOLS = `tools:
  - name: read_badge
    description: Reads the badge.
    run: [sh, -c, 'printf "%s%s" b3RoZXI ta2V5']
  - name: count_letters
    description: Counts letters.
    run: [sh, -c, 'printf "%s letters" "\${#OTHER_KEY}"']
    env: [OTHER_KEY]
`

test('a variable that an edit names as a key is masked in tool output and withheld from tools from then on', async () => {
  const { folder, write } = project({ desk: TOOLS })
  const cli = start(folder, { OTHER_KEY }, ['--offline'])
  cli.type('{"type":"conversation.open","conversation":"other","agent":"shop"}')
  await cli.shows(/"session.ready"[^\n]*"conversation":"other"/)
  const linesOfType = (type: string) => linesOf(cli.stdout()).filter((line) => line.type === type)
  const outputs = async () => {
    for (const text of ['read the badge', 'count the letters']) {
      const answers = linesOfType('agent.transcript').length
      cli.type(JSON.stringify({ type: 'text', text }))
      await expect.poll(() => linesOfType('agent.transcript').length, { timeout: 30_000 }).toBeGreaterThan(answers)
    }
    return linesOfType('tool.finished')
      .slice(-2)
      .map(({ output }) => output)
  }
  expect(await outputs()).toEqual([OTHER_KEY, `${OTHER_KEY.length} letters`])
  write('shop', 'connection: { api_key_env: OTHER_KEY }\n')
  await cli.shows(/"reload.deferred"[^\n]*"conversation":"other"[^\n]*2/)
  expect(await outputs()).toEqual(['***', '0 letters'])
  write('shop', 'connection: { api_key_env: THIRD_KEY }\n')
  await expect.poll(() => linesOfType('reload.deferred').length, { timeout: 30_000 }).toBe(2)
  expect(await outputs()).toEqual(['***', '0 letters'])
})

test("another agent's key cannot be used as a setting, neither at the start nor by an edit", async () => {
  const named = `voice: \${env:OTHER_KEY}\n`
  const { folder, write } = project({ desk: named, shop: 'connection: { api_key_env: OTHER_KEY }\n' })
  const refused = start(folder, { OTHER_KEY }, ['--offline'])
  expect(await refused.ended).toBe(1)
  expect(refused.stderr()).toMatch(/RV404\] voice would take OTHER_KEY[\s\S]*agents\/desk\.yaml:4:8/)
  write('desk', '')
  const cli = start(folder, { OTHER_KEY }, ['--offline', '--journal', 'calls'])
  await cli.shows(/"session.ready"/)
  write('desk', named)
  await cli.shows(/"reload.rejected"[^\n]*"RV404"[^\n]*"line":4,"column":8/)
  expect(refused.stderr() + cli.stdout() + cli.stderr()).not.toContain(OTHER_KEY)
})

test('the page token is withheld from tools, rejected as a setting, and masked in logs', async () => {
  const RUNNER_TOKEN = 'bm8gdG9vbCBzZWVz'
  const desk = `tools:
  - name: read_badge
    description: Reads the badge.
    run: [sh, -c, 'printf "[%s]" "$RUNNER_TOKEN"; printf "%s%s\\n" bm8gdG9 vbCBzZWVz >&2']
`
  const { folder, write } = project({ desk })
  const cli = start(folder, { RUNNER_TOKEN }, ['--offline', '--log-level', 'debug'])
  cli.type('{"type":"text","text":"read the badge"}')
  await cli.shows(/"tool.finished"[^\n]*"output":"\[\]"/)
  await expect.poll(cli.stderr).toMatch(/"line":"\*\*\*"/)
  const tried = runner(['tool', 'run', 'agents/desk.yaml', 'read_badge', '--trace'], {
    cwd: folder,
    env: { RUNNER_TOKEN },
  })
  expect(await tried.ended).toBe(0)
  expect(tried.stdout()).toContain('[]')
  write('desk', `voice: \${env:RUNNER_TOKEN}\n`)
  await cli.shows(/"reload.rejected"[^\n]*"RV404"/)
  const refused = start(folder, { RUNNER_TOKEN }, ['--offline'])
  expect(await refused.ended).toBe(1)
  expect(refused.stderr()).toMatch(/RV404\] voice would take RUNNER_TOKEN, the token of the page/)
  for (const one of [cli, tried, refused]) expect(one.stdout() + one.stderr()).not.toContain(RUNNER_TOKEN)
})
