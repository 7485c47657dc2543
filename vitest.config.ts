import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Time limits are a net for what hangs: a loaded machine may take many times as long as a quiet one, and no test waits for them. */
const TEST_MS = 120_000
const EVENT_MS = 60_000
/** Tests of one file that run side by side where the file says so: they wait for the most part. */
const BESIDE_MAX = 24

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts'],
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: TEST_MS,
    hookTimeout: TEST_MS,
    maxConcurrency: BESIDE_MAX,
    // Tests wait for the most part: two processors are half idle with two files at a time.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    expect: { poll: { timeout: EVENT_MS } },
  },
})
