// Builds dist/quick.cjs and dist/quick.cache: `validate` as one script, and what V8 made of it while it checked an agent.
// A process that is given both compiles nothing. On another Node the cache does not fit, and bin/runner.js loads the modules instead.
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url)

/** The parts of the program that stay modules of their own: each is loaded when it is wanted. */
export const MODULES = ['src/cli.ts', 'src/agent/parameters.ts', 'src/commands/*.ts']

/** What is loaded when it is wanted stays a module of its own. */
const elsewhere = {
  name: 'elsewhere',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/agent\/parameters\.ts$/ }, ({ kind }) => {
      return kind === 'dynamic-import' ? { path: './agent/parameters.js', external: true } : undefined
    })
  },
}

export async function buildQuick() {
  await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: ['src/quick.ts'],
    outfile: 'dist/quick.cjs',
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22.22',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: '(function (module, exports, require, load) {' },
    footer: { js: '})' },
    plugins: [elsewhere],
  })
  // A script that imports by itself is an experiment of Node's, with a warning: it is given a function that does.
  const text = await readFile(new URL('dist/quick.cjs', root), 'utf8')
  await writeFile(new URL('dist/quick.cjs', root), text.replaceAll(/\bimport\(("[^"]+")\)/g, 'load($1)'))
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('scripts/warm-quick.mjs', root))], {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', GITHUB_ACTIONS: '' },
  })
  if (status !== 0) throw new Error('the cache of dist/quick.cjs could not be made')
}
