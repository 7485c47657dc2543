import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { projectCopy, runner } from '../helpers/cli.ts'

describe('runner show', () => {
  test('prints the effective agent as a valid file', async () => {
    const folder = projectCopy()
    const { code, stdout } = await ran(['show', 'agents/support.yaml'], folder)
    expect(code).toBe(0)
    writeFileSync(join(folder, 'agents/shown.yaml'), stdout)
    expect(await ran(['validate', 'agents'], folder)).toMatchObject({ code: 0, stdout: '2 files, no faults\n' })
  })

  test('with --origin shows where each value comes from', async () => {
    const { stdout } = await ran(['show', 'agents/support.yaml', '--origin'], projectCopy())
    expect(stdout).toMatch(/^voice: Sarah # agents\/support\.yaml:\d+$/m)
    expect(stdout).toMatch(/^ {2}auth: basic # default$/m)
  })

  test('with --wire prints the session.update that a conversation sends, without its event_id', async () => {
    const folder = projectCopy()
    const service = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(service, 'listening')
    const { port } = service.address() as AddressInfo
    const sent = new Promise<{ event_id: string }>((resolve) => {
      service.on('connection', (socket) => {
        socket.send(JSON.stringify({ type: 'session.created', event_id: 'e1', session: { type: 'realtime' } }))
        socket.once('message', (data) => resolve(JSON.parse(String(data))))
      })
    })
    const env = { INWORLD_API_KEY: 'none', INWORLD_BASE_URL: `ws://127.0.0.1:${port}/realtime` }
    const conversation = runner(['start', 'agents/support.yaml'], { cwd: folder, env })
    const { event_id: _id, ...update } = await sent
    conversation.child.kill('SIGKILL')
    await conversation.ended
    for (const socket of service.clients) socket.terminate()
    service.close()
    const { stdout } = await ran(['show', 'agents/support.yaml', '--wire'], folder)
    expect(stdout).toBe(`${JSON.stringify(update, null, 2)}\n`)
  })

  test('prints the faults of an invalid file instead of its settings', async () => {
    const folder = projectCopy()
    writeFileSync(join(folder, 'agents/bad.yaml'), 'version: 1\nname: bad\n')
    expect(await ran(['show', 'agents/bad.yaml'], folder)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('RV103'),
    })
    expect((await ran(['show', 'agents/absent.yaml'], folder)).code).toBe(2)
  })

  test.each([['show'], ['plan', '--against', 'agents/support.yaml'], ['tool', 'list']])(
    'rejects a part that validate accepts, as do plan and tool list: %s',
    async (...command) => {
      const folder = projectCopy()
      writeFileSync(join(folder, 'agents/_base.yaml'), 'voice: Sarah\n')
      expect((await ran(['validate', 'agents/_base.yaml'], folder)).code).toBe(0)
      const stderr = expect.stringContaining('version and name are missing')
      expect(await ran([...command, 'agents/_base.yaml'], folder)).toMatchObject({ code: 1, stdout: '', stderr })
    },
  )
})

async function ran(args: readonly string[], cwd: string) {
  const cli = runner(args, { cwd, noInput: true })
  return { code: await cli.ended, stdout: cli.stdout(), stderr: cli.stderr() }
}
