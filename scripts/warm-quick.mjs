// Runs dist/quick.cjs on a good agent, and keeps what V8 compiled meanwhile: dist/quick.cache. What only faults need would make every start slower.
import { writeFileSync } from 'node:fs'
import { prepareQuick } from '../bin/quick.js'

const { script, quickly } = prepareQuick()
await quickly(['validate', 'agents/support.yaml'])
writeFileSync(new URL('../dist/quick.cache', import.meta.url), script.createCachedData())
process.exitCode = 0
