// Builds dist/quick-validate.cjs and dist/quick-validate.cache: `validate` as one script, and V8's code cache of it; likewise
// quick-validate-faults, for code that runs only if there are faults. With these caches a process compiles nothing. Another version of Node
// rejects them, and bin/runner.js loads the modules.
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url)

/** The entry points of the bundle. Those besides cli.ts are loaded on demand. */
export const MODULES = ['src/cli.ts', 'src/agent/parameters.ts', 'src/commands/*.ts']

/** Keeps the schema compiler out of the script, as a module loaded on demand: it is larger than all the rest. */
const externalSchemaCompiler = {
  name: 'external-schema-compiler',
  setup({ onResolve }) {
    onResolve({ filter: /\/parameters\.ts$/ }, ({ path, importer, kind }) => {
      if (!/\/agent\/parameters\.ts$/.test(resolve(dirname(importer), path))) return undefined
      if (kind === 'dynamic-import') return { path: './agent/parameters.js', external: true }
      return { errors: [{ text: 'this loads the schema compiler in every validation: use import()' }] }
    })
  },
}

/** Code needed only for faulty files: a script of its own, run when one of its functions is first called. These modules export only functions. */
const FAULT_MODULES = [
  ...['src/agent/reading/recovery.ts', 'src/agent/schema.ts', 'src/agent/composition/translate-settings.ts'],
  ...['src/agent/shape/moved-settings.ts', 'src/agent/parameters/keyword-faults.ts'],
  ...['src/agent/composition/near-paths.ts', 'src/agent/findings/code-frame.ts'],
]

/** Replaces the exports of those modules by functions that call the script. */
const deferFaultModules = {
  name: 'defer-fault-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path)
      const isDeferred = FAULT_MODULES.some((each) => file === fileURLToPath(new URL(each, root)))
      return isDeferred ? { path: 'quick-validate-faults', namespace: 'deferred' } : undefined
    })
    onLoad({ filter: /.*/, namespace: 'deferred' }, async ({ path }) => {
      const texts = await Promise.all(FAULT_MODULES.map((each) => readFile(new URL(each, root), 'utf8')))
      const names = [...texts.join('\n').matchAll(/^export function (\w+)/gm)].map(([, name]) => name)
      const lines = names.map((name) => `export const ${name} = (...given) => script.${name}(...given)`)
      return { contents: [`const script = require('./${path}')`, ...lines].join('\n') }
    })
    onResolve({ filter: /^\.\/quick-validate-faults$/ }, ({ path }) => ({ path, external: true }))
  },
}

export async function buildQuickValidate() {
  await buildScript('quick-validate', {
    entryPoints: ['src/quick-validate.ts'],
    plugins: [externalSchemaCompiler, deferFaultModules],
  })
  const contents = FAULT_MODULES.map((path) => `export * from './${path}'`).join('\n')
  const stdin = { contents, resolveDir: fileURLToPath(root) }
  await buildScript('quick-validate-faults', { stdin, plugins: [externalSchemaCompiler] })
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('scripts/warm-quick-validate.mjs', root))], {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', GITHUB_ACTIONS: '' },
  })
  if (status !== 0)
    throw new Error('the caches of dist/quick-validate.cjs and dist/quick-validate-faults.cjs could not be made')
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
  // import() inside a vm script is experimental and prints a warning, so the script is given a function instead.
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll(/\bimport\(("[^"]+")\)/g, 'load($1)'))
}
