// Builds dist/quick.cjs and dist/quick.cache: `validate` as one script, and what V8 made of it while it checked an agent; beside them quick-faults,
// the same for what is called where there are faults. A process that is given all of them compiles nothing. On another Node the caches do not fit,
// and bin/runner.js loads the modules instead.
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

/** What a file without a fault has no use for: a script of its own, which is run when one of its functions is called. All that these export are functions. */
const LATE = [
  ...['src/agent/reading/read-on.ts', 'src/agent/schema.ts', 'src/agent/composition/translate-settings.ts'],
  'src/agent/shape/moved-settings.ts',
]

/** Puts functions in front of them that call those of the script. */
const late = {
  name: 'late',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path)
      const isLate = LATE.some((each) => file === fileURLToPath(new URL(each, root)))
      return isLate ? { path: 'quick-faults', namespace: 'late' } : undefined
    })
    onLoad({ filter: /.*/, namespace: 'late' }, async ({ path }) => {
      const texts = await Promise.all(LATE.map((each) => readFile(new URL(each, root), 'utf8')))
      const names = [...texts.join('\n').matchAll(/^export function (\w+)/gm)].map(([, name]) => name)
      const lines = names.map((name) => `export const ${name} = (...given) => script.${name}(...given)`)
      return { contents: [`const script = require('./${path}')`, ...lines].join('\n') }
    })
    onResolve({ filter: /^\.\/quick-faults$/ }, ({ path }) => ({ path, external: true }))
  },
}

export async function buildQuick() {
  await buildScript('quick', { entryPoints: ['src/quick.ts'], plugins: [elsewhere, late] })
  const contents = LATE.map((path) => `export * from './${path}'`).join('\n')
  const stdin = { contents, resolveDir: fileURLToPath(root) }
  await buildScript('quick-faults', { stdin, plugins: [elsewhere] })
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('scripts/warm-quick.mjs', root))], {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', GITHUB_ACTIONS: '' },
  })
  if (status !== 0) throw new Error('the caches of dist/quick.cjs and dist/quick-faults.cjs could not be made')
}

async function buildScript(name, options) {
  const file = new URL(`dist/${name}.cjs`, root)
  await build({
    absWorkingDir: fileURLToPath(root),
    outfile: fileURLToPath(file),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22.22',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: '(function (module, exports, require, load) {' },
    footer: { js: '})' },
    ...options,
  })
  // A script that imports by itself is an experiment of Node's, with a warning: it is given a function that does.
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll(/\bimport\(("[^"]+")\)/g, 'load($1)'))
}
