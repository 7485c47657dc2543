import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Need } from '../../src/agent/seen.ts'
import { look } from '../../src/io/files/look.ts'
import { createLookNow } from '../../src/io/files/look-now.ts'

const ways = [
  { way: 'without waiting', bytesAt: async (need: Need) => bytesIn(await createLookNow().look(need)) },
  { way: 'as a watcher does', bytesAt: async (need: Need) => bytesIn(await look(need)) },
]

describe.each(ways)('a file that is looked at $way', ({ bytesAt }) => {
  test('is read whole, whatever its length', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'look-')), 'a.txt')
    for (const length of [0, 1, 255, 256, 257, 100_000]) {
      writeFileSync(path, 'x'.repeat(length))
      expect([await bytesAt({ path, part: 'whole' }), await bytesAt({ path, part: 'head' })]).toEqual([
        length,
        Math.min(length, 256),
      ])
    }
  })

  test.skipIf(process.platform !== 'linux')('and also one that says it is empty while it is not', async () => {
    expect(await bytesAt({ path: '/proc/self/status', part: 'whole' })).toBeGreaterThan(100)
  })
})

function bytesIn({ seen }: Awaited<ReturnType<typeof look>>): number {
  return seen.kind === 'file' ? seen.bytes.length : -1
}
