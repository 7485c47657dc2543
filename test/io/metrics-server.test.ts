import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { openMetricsServer } from '../../src/io/monitoring/metrics-server.ts'

const figures = async () => ({ type: 'text/plain', body: 'up 1\n' })

test('metrics that cannot be read give HTTP 500 with the reason, and later requests succeed', async () => {
  let isBroken = true
  const read = async () => {
    if (isBroken) throw new Error('too many open files')
    return figures()
  }
  const server = await openMetricsServer({ port: 0, host: '127.0.0.1', read })
  if (typeof server === 'string') throw new Error(server)
  const failed = await fetch(server.url)
  expect([failed.status, await failed.text()]).toEqual([500, 'the figures cannot be read: too many open files\n'])
  isBroken = false
  expect(await (await fetch(server.url)).text()).toBe('up 1\n')
  await server.close()
})

test('a slow request is closed after ten seconds, and connections beyond a hundred are refused', async () => {
  const server = await openMetricsServer({ port: 0, host: '127.0.0.1', read: figures })
  if (typeof server === 'string') throw new Error(server)
  const begunAt = performance.now()
  const closedAfterMs = await Promise.all(
    Array.from({ length: 101 }, async () => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      socket.on('error', () => {}).write('GET /metrics HTTP/1.1\r\nhost: localhost\r\nx-slow: ')
      const drops = setInterval(() => socket.write('a'), 1_000)
      await new Promise((gone) => socket.resume().once('close', gone))
      clearInterval(drops)
      return performance.now() - begunAt
    }),
  )
  expect(closedAfterMs.filter((ms) => ms < 9_000)).toHaveLength(1)
  expect(Math.max(...closedAfterMs)).toBeLessThan(20_000)
  expect(await (await fetch(server.url)).text()).toBe('up 1\n')
  await server.close()
})
