// `npm run bench [name…]`: measures each bench/<name>.bench.ts in a process of its own and prints its tables and the machine's noise.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Bench } from './bench.ts'
import { measureNoise } from './noise.ts'
import { tableText } from './print.ts'

const [word, ...names] = process.argv.slice(2)
if (word === '--one') await measure(names[0] ?? '')
else process.exitCode = measureAll(process.argv.slice(2))

function measureAll(wanted: readonly string[]): number {
  const known = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.bench.ts'))
    .map((name) => name.replace('.bench.ts', ''))
    .sort()
  const unknown = wanted.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`there is no bench ${unknown.join(', ')}; there are: ${known.join(', ')}\n`)
    return 2
  }
  const chosen = wanted.length === 0 ? known : wanted
  const failed = chosen.filter((name) => {
    const args = [fileURLToPath(import.meta.url), '--one', name]
    return spawnSync(process.execPath, ['--expose-gc', ...args], { stdio: 'inherit' }).status !== 0
  })
  for (const name of failed) process.stderr.write(`${name} could not be measured\n`)
  return failed.length === 0 ? 0 : 3
}

async function measure(name: string): Promise<void> {
  const { bench } = (await import(`./${name}.bench.ts`)) as { readonly bench: Bench }
  process.stdout.write(`\n# ${name}: ${bench.title}\n`)
  const before = measureNoise()
  for (const table of await bench.run()) process.stdout.write(`\n${tableText(table)}\n`)
  process.stdout.write(`\n  noise before: ${before}\n  noise after:  ${measureNoise()}\n`)
}
