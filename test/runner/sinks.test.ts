import { expect, test } from 'vitest'
import { metricsFlagsFault, openSinks } from '../../src/runner/sinks.ts'

/** Names of the sinks that are opened; nothing is written down. */
async function opened(isCounted: boolean): Promise<readonly string[]> {
  const sinks = await openSinks({
    agents: [],
    journal: null,
    metrics: { port: null, host: null },
    countsMetrics: isCounted,
  })
  return typeof sinks === 'string' ? [sinks] : sinks.all.map(({ name }) => name)
}

test('the metrics sink is opened only if somebody can read the metrics', async () => {
  expect(await opened(true)).toEqual(['metrics'])
  expect(await opened(false)).toEqual([])
})

test.each([
  [{}, null],
  [{ metricsPort: 0 }, null],
  [{ metricsPort: 0, metricsHost: '::1' }, null],
  [{ metricsHost: '::1' }, '--metrics-host: nothing is served there: add --metrics-port'],
  // Node would listen on every address of the machine.
  [{ metricsPort: 0, metricsHost: '' }, '--metrics-host is empty: an address is wanted, such as 127.0.0.1'],
])('what is wrong with the flags of the metrics: %j', (flags, message) => {
  expect(metricsFlagsFault(flags)).toBe(message)
})
