import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/server.ts'
import { type Cli, projectCopy, runner } from '../helpers/cli.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** A project whose agent takes its speech from a base and its tool from a list. */
function project(): string {
  const folder = projectCopy()
  writeFileSync(join(folder, '_base.yaml'), 'voice: Sarah\ntts:\n  speed: 1.0\ngreeting: Hello from the base.\n')
  writeFileSync(
    join(folder, 'tools/_common.yaml'),
    '- name: opening_hours\n  description: Tell the hours.\n  run: ./opening_hours.py\n',
  )
  const own = 'extends: ../_base.yaml\ninstructions: You are at the desk.\ntools:\n  - include: ../tools/_common.yaml\n'
  writeFileSync(join(folder, 'agents/desk.yaml'), `version: 1\nname: desk\n${own}`)
  return folder
}

function start(folder: string, more: readonly string[] = []): Cli {
  const cli = runner(['start', 'agents/desk.yaml', ...more], { cwd: folder, env: { INWORLD_API_KEY: 'key-1' } })
  open.push({ close: () => cli.child.kill('SIGKILL') })
  return cli
}

function edit(file: string, from: string, to: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
}

test('a start of all files that a shell finds leaves parts out, and says so', async () => {
  const folder = project()
  renameSync(join(folder, '_base.yaml'), join(folder, 'agents/_base.yaml'))
  edit(join(folder, 'agents/desk.yaml'), '../_base.yaml', './_base.yaml')
  const given = ['agents/_base.yaml', 'agents/desk.yaml', 'agents/support.yaml', 'tools/_common.yaml']
  const cli = runner(['start', ...given, '--offline', '--say', 'hello'], { cwd: folder })
  expect({ code: await cli.ended, stderr: cli.stderr() }).toEqual({
    code: 0,
    stderr:
      'runner: not started, since names that begin with _ are parts of agents: agents/_base.yaml, tools/_common.yaml\n',
  })
  expect(cli.stdout()).toContain('· desk (agents/desk.yaml), support (agents/support.yaml)')
})

test('a part that is named by itself is started, if it is a whole agent', async () => {
  const folder = project()
  renameSync(join(folder, 'agents/desk.yaml'), join(folder, 'agents/_desk.yaml'))
  const cli = runner(['start', 'agents/_desk.yaml', '--offline', '--say', 'hello'], { cwd: folder })
  expect({ code: await cli.ended, stderr: cli.stderr() }).toEqual({ code: 0, stderr: '' })
})

test('edits of a base file and of an included list are applied during a conversation', async () => {
  const folder = project()
  const cli = start(folder, ['--offline'])
  await cli.shows(/Hello from the base\./)
  edit(join(folder, '_base.yaml'), 'Sarah', 'Dennis')
  await cli.shows(/applied: voice · generation 2/)
  edit(join(folder, 'tools/_common.yaml'), 'Tell the hours.', 'Tell when the shop is open.')
  await cli.shows(/applied: tools\S* · generation 3/)
  edit(join(folder, '_base.yaml'), 'speed: 1.0', 'speed: 9')
  await cli.shows(/RV106[\s\S]*_base\.yaml:3:10/)
})

test('a refused setting from a base file is shown at its line in that file', async () => {
  const emulator = await startEmulator({ voice: 'hum', faults: {} })
  open.push(emulator)
  const folder = project()
  const cli = start(folder, ['--base-url', emulator.url])
  await cli.shows(/Hello from the base\./)
  emulator.setFaults({ refuseParam: 'session.audio.output.speed' })
  edit(join(folder, '_base.yaml'), 'speed: 1.0', 'speed: 1.1')
  await cli.shows(/refused by the service, generation 1 stays: tts\.speed[\s\S]*_base\.yaml:3:10/)
  await cli.shows(/3 [|│] +speed: 1\.1\n\s+[|│] +\^\^\^\n\s+= Sent as session\.audio\.output\.speed, and refused/)
})

test('a refused tool from an included list is shown at its line in that list', async () => {
  const emulator = await startEmulator({ voice: 'hum', faults: {} })
  open.push(emulator)
  const folder = project()
  const cli = start(folder, ['--base-url', emulator.url])
  await cli.shows(/Hello from the base\./)
  emulator.setFaults({ refuseParam: 'session.tools[0].description' })
  edit(join(folder, 'tools/_common.yaml'), 'Tell the hours.', 'Tell when it is open.')
  await cli.shows(/RV910[\s\S]*tools\/_common\.yaml:2:16[\s\S]*description: Tell when it is open\./)
})

test('a fault in a shared file is printed once at the start, and after an edit once for each agent', async () => {
  const folder = project()
  const desk = join(folder, 'agents/desk.yaml')
  writeFileSync(join(folder, 'agents/night.yaml'), readFileSync(desk, 'utf8').replace('name: desk', 'name: night'))
  const orders = join(folder, 'tools/_common.yaml')
  edit(orders, 'Tell the hours.', 'Hours.\n  parameters: { type: object, properties: { day: { type: string } } }')
  const cli = start(folder, ['agents/night.yaml', '--offline'])
  await cli.shows(/Hello from the base\./)
  expect(cli.stderr().match(/RV505/g)).toHaveLength(1)
  edit(join(folder, '_base.yaml'), 'voice', 'voise')
  await cli.shows(/reload not taken, the last good settings stay\n +error\[RV101\]/)
  await cli.shows(/warn +agents\/night\.yaml: not taken, the last good settings stay\n +error\[RV101\]/)
  cli.child.kill('SIGINT')
  expect(await cli.ended).toBe(0)
  expect(cli.stdout()).not.toContain('RV505')
})

test('validate does not count a part as an agent', async () => {
  const folder = project()
  const cli = runner(['validate', '.'], { cwd: folder })
  expect(await cli.ended).toBe(0)
  expect(cli.stdout()).toBe('2 files, no faults\n')
})
