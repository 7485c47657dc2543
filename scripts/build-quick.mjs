// Builds dist/quick.cjs and dist/quick.cache: `validate` as one script, and what V8 made of it while it checked an agent.
// A process that is given both compiles nothing. On another Node the cache does not fit, and bin/runner.js loads the modules instead.
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url)

/** The parts of the program that stay modules of their own: each is loaded when it is wanted. */
export const MODULES = ['src/cli.ts', 'src/agent/parameters.ts', 'src/commands/*.ts']

/** The compiler of schemas stays a module of its own, loaded when it is wanted: it is larger than all the rest. */
const elsewhere = {
  name: 'elsewhere',
  setup({ onResolve }) {
    onResolve({ filter: /\/parameters\.ts$/ }, ({ path, importer, kind }) => {
      if (!/\/agent\/parameters\.ts$/.test(resolve(dirname(importer), path))) return undefined
      if (kind === 'dynamic-import') return { path: './agent/parameters.js', external: true }
      return { errors: [{ text: 'this brings the compiler of schemas into every validation: use import()' }] }
    })
  },
}

/** What a file without a fault has no use for: it is compiled and run when one of its functions is called. All that these export are functions. */
const LATE = [
  ...['src/agent/reading/read-on.ts', 'src/agent/schema.ts', 'src/agent/composition/right-words.ts'],
  'src/agent/shape/moved-words.ts',
]

/** Puts a module in front of each of them that loads it when it is wanted. */
const late = {
  name: 'late',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir, kind }) => {
      const file = resolve(resolveDir, path)
      const isLate = kind === 'import-statement' && LATE.some((each) => file === fileURLToPath(new URL(each, root)))
      return isLate ? { path: file, namespace: 'late' } : undefined
    })
    onLoad({ filter: /.*/, namespace: 'late' }, async ({ path }) => {
      const names = [...(await readFile(path, 'utf8')).matchAll(/^export function (\w+)/gm)].map(([, name]) => name)
      const lines = names.map(
        (name) => `export const ${name} = (...given) => require(${JSON.stringify(path)}).${name}(...given)`,
      )
      return { contents: lines.join('\n'), resolveDir: dirname(path) }
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
    plugins: [elsewhere, late],
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
