// Runs the scripts of the fast path and saves V8's code caches: dist/quick-validate.cache after a valid agent,
// dist/quick-validate-faults.cache after the faulty examples of the shape rules. Code that only faults need would make every start slower.
import { writeFileSync } from 'node:fs'
import { scripts, startScript } from '../bin/quick-validate.js'

const { validateQuickly } = startScript('quick-validate')
await validateQuickly(['validate', 'agents/support.yaml'])
saveCache('quick-validate')
await validateQuickly(['validate', 'test/fixtures/rules/RV1*.bad.yaml'])
saveCache('quick-validate-faults')
process.exitCode = 0

function saveCache(name) {
  writeFileSync(new URL(`../dist/${name}.cache`, import.meta.url), scripts.get(name).createCachedData())
}
