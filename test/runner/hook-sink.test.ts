import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Hook, Hooks } from '../../src/agent/hook.ts'
import { createLog } from '../../src/io/log.ts'
import { createFanOut } from '../../src/runner/sinks/fan-out.ts'
import { hookSink } from '../../src/runner/sinks/hook-sink.ts'
import { createToolbox } from '../../src/runner/toolbox.ts'
import type { Report } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

/** A folder with one script, and what the script has written into it. */
function scripted(script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-hooks-'))
  const path = join(folder, 'hook.sh')
  writeFileSync(path, `#!/bin/sh\nread -r line\n${script}\n`)
  chmodSync(path, 0o755)
  const hook: Hook = { run: [path], cwd: folder, timeoutMs: 60_000, env: ['GREETING'] }
  const written = () =>
    existsSync(join(folder, 'out')) ? readFileSync(join(folder, 'out'), 'utf8').trim().split('\n') : []
  return { hook, written }
}

function open(hooks: Hooks) {
  const logged: string[] = []
  const log = {
    ...createLog({ level: 'silent', pretty: false, secrets: () => [] }),
    warn: (text: string, fields = {}) => logged.push(`${text} ${JSON.stringify(fields)}`),
  }
  const env = { PATH: process.env.PATH, GREETING: 'hello', INWORLD_API_KEY: 'secret' }
  const scripts = createToolbox({ purpose: 'hooks', env, hidden: () => ['INWORLD_API_KEY'], log: () => {} })
  const fan = createFanOut([hookSink({ log, scripts })], (_name, message) => logged.push(message))
  const generation = { number: 3, agent: agentWith({ hooks }) }
  const report = (conversation: string, body: object) =>
    fan.report({ t: 1, conversation, generation: 3, ...body } as Report, generation)
  return { report, close: fan.close, logged }
}

test('each event of a conversation is passed to its hook script as one line of JSON, in order', async () => {
  const { hook, written } = scripted('echo "$RUNNER_TOOL $RUNNER_SESSION_ID $GREETING [$INWORLD_API_KEY] $line" >> out')
  const { report, close, logged } = open({
    session_started: hook,
    reload: hook,
    tool_finished: hook,
    session_ended: hook,
  })
  report('main', { type: 'session.ready', ms: 5 })
  report('main', { type: 'agent.transcript', text: 'nobody asked for this' })
  report('main', { type: 'item.created', item: { id: 'i' } })
  report('main', { type: 'reload.applied', offered: 4, fields: ['voice'], ms: 200 })
  report('main', { type: 'session.closed', reason: 'stopped', code: null, failed: false })
  await close()
  const parts = written().map((line) => /^hook (\w+) main hello \[\] (\{.*\})$/.exec(line))
  expect(parts.map((part) => part?.[1])).toEqual(['session_started', 'reload', 'session_ended'])
  expect(JSON.parse(parts[1]?.[2] ?? '')).toEqual({
    hook: 'reload',
    agent: 'desk',
    t: 1,
    conversation: 'main',
    generation: 3,
    type: 'reload.applied',
    offered: 4,
    fields: ['voice'],
    ms: 200,
  })
  expect(logged).toEqual([])
})

test("the hooks' state folder is removed when their conversation ends, not only when the process does", async () => {
  const { hook, written } = scripted('echo "$RUNNER_STATE_DIR" >> out')
  const { report, close } = open({ session_ended: hook })
  report('main', { type: 'session.closed', reason: 'stopped', code: null, failed: false })
  await expect.poll(() => written().filter((line) => line !== '' && !existsSync(line)).length).toBe(1)
  await close()
})

test('a slow hook delays neither the conversation nor the hooks of another', async () => {
  const { hook, written } = scripted(
    'case "$line" in *slow*) while [ ! -e go ]; do sleep 0.02; done;; *) : > go;; esac; echo "$RUNNER_SESSION_ID" >> out',
  )
  const { report, close } = open({ session_started: hook })
  report('slow', { type: 'session.ready', ms: 5 })
  report('quick', { type: 'session.ready', ms: 5 })
  await close()
  expect(written().toSorted()).toEqual(['quick', 'slow'])
})

test('a later conversation of the same name gets a new state folder for its hooks', async () => {
  const { hook, written } = scripted('echo "$RUNNER_STATE_DIR" >> out')
  const { report, close } = open({ session_ended: hook })
  const ended = { type: 'session.closed', reason: 'stopped', code: null, failed: false }
  report('main', ended)
  await expect
    .poll(() => written().filter((path) => path !== '' && !existsSync(path)), { timeout: 10_000 })
    .toHaveLength(1)
  report('main', ended)
  await close()
  expect(new Set(written()).size).toBe(2)
})

test('hooks wait for those of an earlier conversation of the same name, and survive its end', async () => {
  const { hook, written } = scripted('case "$line" in *ready*) sleep 0.5;; *) sleep 0.1;; esac; echo "$line" >> out')
  const { report, close, logged } = open({ session_started: hook, session_ended: hook })
  const ended = { type: 'session.closed', reason: 'stopped', code: null, failed: false }
  report('b', ended)
  report('b', { type: 'session.ready', ms: 2 })
  report('b', ended)
  report('b', { type: 'session.ready', ms: 3 })
  await close()
  const order = written().map((line) => JSON.parse(line).ms ?? 'ended')
  expect([order, logged]).toEqual([['ended', 2, 'ended', 3], []])
})

test('a failing hook is logged, and the next one still runs', async () => {
  const { hook, written } = scripted('echo x >> out; echo "the disk is full" >&2; exit 1')
  const { report, close, logged } = open({ session_started: hook })
  report('main', { type: 'session.ready', ms: 5 })
  report('main', { type: 'session.ready', ms: 6 })
  await close()
  expect(written()).toEqual(['x', 'x'])
  expect(logged).toHaveLength(2)
  expect(logged[0]).toMatch(/^a hook failed .*"hook":"session_started".*"status":"failed".*the disk is full/)
})

test('events beyond what hooks can keep up with are dropped and counted', async () => {
  const { hook, written } = scripted('echo x >> out')
  const { report, close, logged } = open({ session_started: hook })
  for (let count = 0; count < 260; count += 1) report('main', { type: 'session.ready', ms: count })
  await close()
  const lost = 260 - written().length
  expect(lost).toBeGreaterThan(40)
  expect(logged.join()).toMatch(new RegExp(`${lost} reports came faster than they could be taken`))
})

test('an agent without hooks starts no process', async () => {
  const { report, close, logged } = open({})
  report('main', { type: 'session.ready', ms: 5 })
  await close()
  expect(logged).toEqual([])
})
