import { expect, test } from 'vitest'
import { watchStandstills } from '../../src/io/watching/standstill.ts'
import { standStill } from '../helpers/tools.ts'

test('a standstill is told once it is over, with how long it was', async () => {
  const told = Promise.withResolvers<number>()
  const end = watchStandstills(told.resolve)
  standStill(2_100)
  expect(await told.promise).toBeGreaterThanOrEqual(1_500)
  end()
})
