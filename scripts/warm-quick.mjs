// Runs the scripts of the fast path and saves V8's code caches: dist/quick.cache after a valid agent, dist/quick-faults.cache after the faulty
// examples of the shape rules. Code that only faults need would make every start slower.
import { writeFileSync } from 'node:fs'
import { scripts, startScript } from '../bin/quick.js'

const { validateQuickly } = startScript('quick')
await validateQuickly(['validate', 'agents/support.yaml'])
saveCache('quick')
await validateQuickly(['validate', 'test/fixtures/rules/RV1*.bad.yaml'])
saveCache('quick-faults')
process.exitCode = 0

function saveCache(name) {
  writeFileSync(new URL(`../dist/${name}.cache`, import.meta.url), scripts.get(name).createCachedData())
}
