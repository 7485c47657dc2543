import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/server.ts'
import { runner } from '../helpers/cli.ts'

const KEY = 'Y2FuYXJ5OnRoZSBib3NzJ3Mga2V5Pz8/'
const FORMS = [
  KEY,
  Buffer.from(KEY).toString('base64'),
  encodeURIComponent(KEY),
  Buffer.from(`:${KEY}`).toString('base64'),
]
const [HALF, REST] = [KEY.slice(0, 12), KEY.slice(12)]
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** A script that prints the key, of which its text holds two halves; then it ends with this code. */
function printer(stream: 1 | 2, code: number): string {
  return `run: [sh, -c, 'printf "the key is %s%s" "${HALF}" "${REST}" >&${stream}; exit ${code}']`
}

test('the key is in nothing that a run shows, writes or serves, in whatever form it comes back', async () => {
  const service = await startEmulator({ voice: 'hum' })
  open.push(service)
  const folder = mkdtempSync(join(tmpdir(), 'runner-canary-'))
  mkdirSync(join(folder, 'agents'))
  writeFileSync(join(folder, 'package.json'), '{}')
  const agent = (voice: string) => `version: 1
name: desk
instructions: Help.
voice: ${voice}
connection: { base_url: "${service.url}", api_key_env: DESK_KEY }
hooks: { tool_finished: { ${printer(2, 1)} } }
tools:
  - { name: read_badge, description: Reads the badge., ${printer(1, 0)} }
  - { name: count_doors, description: Counts the doors., ${printer(2, 3)} }
`
  const file = join(folder, 'agents/desk.yaml')
  writeFileSync(file, agent('Sarah'))
  const records = ['--journal', 'calls', '--metrics-port', '0', '--log-level', 'debug']
  const env = { DESK_KEY: KEY, RUNNER_FOLDER: join(folder, '.runner') }
  const cli = runner(['start', file, '--jsonl', ...records], { cwd: folder, env })
  open.push({ close: () => cli.child.kill('SIGKILL') })
  const metricsAt = await cli.shows(/(?<=metrics: )http:\S+\/metrics/)
  await cli.shows(/"session.ready"/)
  for (const [text, name] of [
    ['read the badge', 'read_badge'],
    ['count the doors', 'count_doors'],
  ]) {
    cli.type(JSON.stringify({ type: 'text', text }))
    await cli.shows(new RegExp(`"tool.finished"[^\n]*"${name}"[^\n]*\\*\\*\\*`))
  }
  const [connection] = service.connections
  FORMS.forEach((form, index) => {
    const error = {
      type: 'invalid_request_error',
      code: null,
      message: `no such key: ${form}`,
      param: null,
      event_id: null,
    }
    const response = { object: 'realtime.response', id: `r${index}`, output: [] }
    const failed = { type: 'failed', reason: 'server_error', error }
    connection?.sendEvent({ type: 'error', error })
    connection?.sendEvent({ type: 'response.created', response: { ...response, status: 'in_progress' } })
    connection?.sendEvent({
      type: 'response.done',
      response: { ...response, status: 'failed', status_details: failed },
    })
    connection?.sendEvent({ type: 'conversation.item.input_audio_transcription.failed', item_id: `u${index}`, error })
  })
  await cli.shows(new RegExp(`(the caller's words could not be read: no such key: [^\n]*\n[^]*){${FORMS.length}}`))
  service.setFaults({ refuseUpdates: { times: 1, message: `not with ${KEY}` } })
  writeFileSync(file, agent('Clive'))
  await cli.shows(/"reload.refused"[^\n]*not with \*\*\*/)
  const metrics = await (await fetch(metricsAt)).text()
  const status = runner(['status', '--json'], { cwd: folder, env })
  await status.ended
  service.setFaults({ refuseUpgrade: { status: 401, body: { message: `unknown key ${KEY}` } } })
  connection?.close(4001, `key ${KEY}`)
  await cli.shows(/unknown key \*\*\*/)
  expect(await cli.ended).not.toBe(0)
  const written = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'desk.yaml')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  expect(written.length).toBeGreaterThan(3)
  const all = [cli.stdout(), cli.stderr(), metrics, status.stdout(), ...written].join('\n')
  expect(FORMS.filter((form) => all.includes(form))).toEqual([])
})
