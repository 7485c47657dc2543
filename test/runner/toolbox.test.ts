import { cpSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { McpServerEvent } from '../../src/io/mcp/mcp-servers.ts'
import { createToolbox } from '../../src/runner/toolbox.ts'
import { agentWith, serverNamed, toolNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'

/** A toolbox in a copy of the package that lacks what runs tools, and what it logs. */
async function toolboxWithoutModules() {
  const folder = mkdtempSync(join(tmpdir(), 'runner-toolbox-'))
  const copied = ['package.json', 'src/runner', 'src/io/processes', 'src/io/storage/remove-folder.ts']
  for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true })
  const { createToolbox: create }: { createToolbox: typeof createToolbox } = await import(
    join(folder, 'src/runner/toolbox.ts')
  )
  const logged: { readonly message: string; readonly fields: object }[] = []
  const toolbox = create({ env: {}, hidden: () => [], log: (message, fields) => logged.push({ message, fields }) })
  return { toolbox, logged, folder }
}

const loadFailure = {
  message: 'what runs tools could not be loaded',
  fields: { alert: true, detail: expect.stringContaining('Cannot find module') },
}

test('a call whose adapter cannot be loaded gets an outcome, and the failure is logged', async () => {
  const { toolbox, logged } = await toolboxWithoutModules()
  const call = { callId: 'call_1', argumentsText: '{}', agent: 'desk', conversation: 'main', generation: 1 }
  const outcome = await toolbox.run({ ...call, tool: toolNamed('look_up') }).finished
  expect(outcome).toEqual({ status: 'misconfigured', message: 'not available right now' })
  expect(logged).toEqual([loadFailure])
  await toolbox.endConversation('main')
  await toolbox.close()
})

test('an adapter that could not be loaded is loaded for a later call', async () => {
  const { toolbox, folder } = await toolboxWithoutModules()
  const call = { callId: 'call_1', argumentsText: '{}', agent: 'desk', conversation: 'main', generation: 1 }
  const run = () => toolbox.run({ ...call, tool: toolNamed('look_up', { run: ['echo', 'here'], cwd: '/' }) }).finished
  expect(await run()).toMatchObject({ status: 'misconfigured' })
  cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  expect(await run()).toMatchObject({ status: 'ok', output: 'here' })
  await toolbox.close()
})

test('a call cancelled while its adapter is loading ends as cancelled', async () => {
  const toolbox = createToolbox({ env: { PATH: process.env.PATH }, hidden: () => [], log() {} })
  const call = { callId: 'call_1', argumentsText: '{}', agent: 'desk', conversation: 'main', generation: 1 }
  const tool = toolNamed('sleeps', { run: ['sleep', '1000'], cwd: '/', timeoutMs: 5_000 })
  const running = toolbox.run({ ...call, tool })
  running.cancel()
  expect(await running.finished).toMatchObject({ status: 'cancelled' })
  await toolbox.close()
})

test('the last of two concurrent server lists wins', async () => {
  const toolbox = createToolbox({ env: {}, hidden: () => [], log: () => {} })
  const failed: string[] = []
  const onEvent = ({ type, server }: McpServerEvent) => type === 'server.failed' && failed.push(server)
  await toolbox.useServers('main', [serverNamed('first')], onEvent)
  const listed = [[], [serverNamed('second')]].map((servers) => toolbox.useServers('main', servers, onEvent))
  await Promise.all(listed)
  await expect.poll(() => failed).toContain('second')
  await toolbox.close()
})

test('servers whose client cannot be loaded are reported as failed', async () => {
  const { toolbox, logged } = await toolboxWithoutModules()
  const events: McpServerEvent[] = []
  await toolbox.useServers('main', [serverNamed('shop')], (event) => events.push(event))
  expect(events).toEqual([{ type: 'server.failed', server: 'shop', reason: 'it could not be loaded' }])
  expect(logged).toEqual([loadFailure])
})

test('failures to start workers ahead of time are logged, and nothing throws', async () => {
  const { toolbox, logged } = await toolboxWithoutModules()
  toolbox.prepare(agentWith({ tools: [toolNamed('look_up', { mode: 'worker' })] }))
  toolbox.warm()
  await expect.poll(() => logged).toEqual([loadFailure, loadFailure])
})
