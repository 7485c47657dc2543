// Builds what a user runs: generated validators, then the bundle under dist/.
import { rm } from 'node:fs/promises'
import { build } from 'esbuild'
import './generate-rules.mjs'
import './generate-validators.mjs'

const root = new URL('..', import.meta.url)

const dist = new URL('dist/', root)
await rm(dist, { recursive: true, force: true })
await build({
  absWorkingDir: new URL('.', root).pathname,
  entryPoints: ['src/cli.ts'],
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
