#!/usr/bin/env node
// Checks the version of Node before anything else is imported: on an older one the import itself would fail.
const [major, minor] = process.versions.node.split('.').map(Number)
const supported = (major === 22 && minor >= 22) || major === 24 || major >= 26

if (supported) {
  start(process.argv.slice(2)).catch(explain)
} else {
  process.stderr.write(
    `runner needs Node 22.22 or newer, 24, or 26 and newer; this is Node ${process.versions.node}. ` +
      'In a checkout, npm start and npm test bring a suitable one along; elsewhere install it from https://nodejs.org.\n',
  )
  process.exitCode = 2
}

async function start(argv) {
  if (argv[0] === 'validate' && (await (await import('./quick-validate.js')).runQuickly(argv))) return
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
  const { main } = await import('../dist/cli.js')
  await main(argv)
}

function explain(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  process.stderr.write('runner is not built yet: run "npm run build" in its folder.\n')
  process.exitCode = 3
}
