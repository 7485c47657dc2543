import { expect, test } from 'vitest'
import { openSinks } from '../../src/runner/sinks.ts'

/** Names of the sinks that are opened; nothing is written down. */
async function opened(isCounted: boolean): Promise<readonly string[]> {
  const sinks = await openSinks({
    agents: [],
    journal: null,
    metrics: { port: null, host: null },
    countsMetrics: isCounted,
  })
  return 'message' in sinks ? [sinks.message] : sinks.all.map(({ name }) => name)
}

test('the metrics sink is opened only if somebody can read the metrics', async () => {
  expect(await opened(true)).toEqual(['metrics'])
  expect(await opened(false)).toEqual([])
})
