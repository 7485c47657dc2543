import { expect, test } from 'vitest'
import { watchStalls } from '../../src/io/monitoring/process-stall.ts'
import { blockThread } from '../helpers/tools.ts'

test('a stall of this process is reported with its duration once it is over', async () => {
  const reported = Promise.withResolvers<number>()
  const end = watchStalls(reported.resolve)
  blockThread(2_100)
  expect(await reported.promise).toBeGreaterThanOrEqual(1_500)
  end()
})
