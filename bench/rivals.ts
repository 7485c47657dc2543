import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A validator that ours is compared with, and how to run it against our schema. */
export interface Rival {
  readonly name: string
  /** Arguments for Node that check the files of a pattern. */
  arguments(pattern: string): readonly string[]
  /** Exit codes that mean that the work was done: clean, and faults found. */
  readonly codes: readonly number[]
}

const folder = fileURLToPath(new URL('rivals/', import.meta.url))
const schema = fileURLToPath(new URL('../schemas/agent.schema.json', import.meta.url))
const AJV = join(folder, 'node_modules/ajv-cli/dist/index.js')
const V8R = join(folder, 'node_modules/v8r/src/index.js')

const RIVALS: readonly Rival[] = [
  {
    name: 'ajv-cli',
    arguments: (pattern) => [AJV, 'validate', '-s', schema, '-d', pattern, '--all-errors', '--strict=false'],
    codes: [0, 1],
  },
  { name: 'v8r', arguments: (pattern) => [V8R, '--schema', schema, pattern], codes: [0, 99] },
]

/** Arguments for Node that read and parse every YAML file of a folder with js-yaml, ajv-cli's own parser, and check nothing. */
export function parseOnlyArguments(agents: string): readonly string[] {
  return [join(folder, 'read-alone.mjs'), agents]
}

/** Installs them on first use. Without a registry there are none, and a note says so. */
export function installRivals(): { readonly rivals: readonly Rival[]; readonly notes: readonly string[] } {
  if (![AJV, V8R].every((path) => existsSync(path))) {
    const npm = join(dirname(process.execPath), 'npm')
    const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock']
    spawnSync(existsSync(npm) ? npm : 'npm', args, { cwd: folder, stdio: 'ignore' })
  }
  if ([AJV, V8R].every((path) => existsSync(path))) return { rivals: RIVALS, notes: [] }
  return { rivals: [], notes: ['ajv-cli and v8r could not be installed, so runner is measured alone'] }
}
