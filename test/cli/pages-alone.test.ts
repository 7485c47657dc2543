import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connect } from '../../src/page/client.ts'
import { projectCopy, runner } from '../helpers/cli.ts'

test('whoever serves pages alone is told of a bad save while a caller is there', async () => {
  const folder = projectCopy()
  const cli = runner(['start', 'agents/support.yaml', '--offline', '--page', '--no-main', '--port', '0'], {
    cwd: folder,
  })
  const address = await cli.shows(/127\.0\.0\.1:\d+/)
  const opened = Promise.withResolvers<void>()
  const client = connect({
    url: `ws://${address}/channel`,
    onState: ({ phase }) => phase === 'ready' && client.open(),
    onMessage: ({ type }) => type === 'opened' && opened.resolve(),
  })
  await opened.promise
  appendFileSync(join(folder, 'agents/support.yaml'), 'voise: Sarah\n')
  const line = await cli.shows(/\{.*a save is not taken.*\}/)
  expect(JSON.parse(line)).toMatchObject({
    level: 'warn',
    agent: 'support',
    faults: [expect.stringContaining('RV101')],
  })
  client.leave()
  cli.child.kill('SIGTERM')
  expect(await cli.ended).toBe(0)
})
