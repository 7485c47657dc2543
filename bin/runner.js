#!/usr/bin/env node
// Checks the version of Node before anything else is imported: on an older one the import itself would fail.
const [major, minor] = process.versions.node.split('.').map(Number)
const supported = (major === 22 && minor >= 22) || major === 24 || major >= 26

if (supported) {
  import('node:module')
    .then((module) => module.enableCompileCache())
    .then(() => import('../dist/cli.js'))
    .then((cli) => cli.main(process.argv.slice(2)), explain)
} else {
  process.stderr.write(
    `runner needs Node 22.22 or newer, 24, or 26 and newer; this is Node ${process.versions.node}. ` +
      'In a checkout, npm start and npm test bring a suitable one along; elsewhere install it from https://nodejs.org.\n',
  )
  process.exitCode = 2
}

function explain(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  process.stderr.write('runner is not built yet: run "npm run build" in its folder.\n')
  process.exitCode = 3
}
