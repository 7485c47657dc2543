// Runs the scripts of the quick way, and keeps what V8 compiled meanwhile: dist/quick.cache is made with a good agent, dist/quick-faults.cache with
// faults of shape, as the rules show them. What only faults need would make every start slower.
import { writeFileSync } from 'node:fs'
import { scripts, startScript } from '../bin/quick.js'

const { validateQuickly } = startScript('quick')
await validateQuickly(['validate', 'agents/support.yaml'])
keep('quick')
await validateQuickly(['validate', 'test/fixtures/rules/RV1*.bad.yaml'])
keep('quick-faults')
process.exitCode = 0

function keep(name) {
  writeFileSync(new URL(`../dist/${name}.cache`, import.meta.url), scripts.get(name).createCachedData())
}
