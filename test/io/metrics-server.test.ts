import { expect, test } from 'vitest'
import { openMetricsServer } from '../../src/io/watching/metrics-server.ts'

test('figures that cannot be read are an answer with the reason, and the next ones are served', async () => {
  let isBroken = true
  const read = async () => {
    if (isBroken) throw new Error('too many open files')
    return { type: 'text/plain', body: 'up 1\n' }
  }
  const server = await openMetricsServer({ port: 0, host: '127.0.0.1', read })
  if (typeof server === 'string') throw new Error(server)
  const failed = await fetch(server.url)
  expect([failed.status, await failed.text()]).toEqual([500, 'the figures cannot be read: too many open files\n'])
  isBroken = false
  expect(await (await fetch(server.url)).text()).toBe('up 1\n')
  await server.close()
})
