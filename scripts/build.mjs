// Builds what a user runs: generated validators, then the bundle under dist/.
import { spawnSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { build as buildPage } from 'vite'
import { buildQuickValidate, MODULES } from './build-quick-validate.mjs'
import './generate-build-id.mjs'
import './generate-rules.mjs'
import './generate-validators.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

await rm(join(root, 'dist'), { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: MODULES,
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.22',
  sourcemap: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
})

await buildQuickValidate()

// The client module that others import as runner/client.
await build({
  absWorkingDir: root,
  entryPoints: ['src/page/client.ts', 'src/page/protocol.ts'],
  outdir: 'dist/client',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  legalComments: 'none',
  logLevel: 'warning',
})

const typescript = join(root, 'node_modules/typescript/bin/tsc')
const types = spawnSync(process.execPath, [typescript, '-p', join(root, 'src/page/tsconfig.client.json')], {
  stdio: 'inherit',
})
if (types.status !== 0) throw new Error('the types of the client module could not be written')

// The page, fully bundled, so that running it needs neither Vite nor the network. Worklets are separate files, as browsers require.
const page = join(root, 'src/page')
await buildPage({
  configFile: false,
  root: page,
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(root, 'dist/page'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: join(page, 'index.html'),
        'capture-worklet': join(page, 'sound/capture-worklet.ts'),
        'playback-worklet': join(page, 'sound/playback-worklet.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js', assetFileNames: '[name][extname]' },
    },
  },
})
