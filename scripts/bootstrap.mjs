// Behind `npm start`, `npm test`, `npm run bench` and `npm run build`: installs what is missing (packages, a build, a recent
// enough Node), then runs the real program with the arguments, signals and exit code passed on. Plain old JavaScript, since it may run on an old Node.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const buildStamp = join(root, 'dist', '.built-from')
const [command, ...given] = process.argv.slice(2)
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** How often it is looked whether the shell that npm ran this in is still there, in ms. */
const PARENT_CHECK_MS = 200
const parent = process.ppid

if (command !== 'build') await installIfNeeded()
const node = pickNode()
buildIfNeeded()
if (command !== 'build') run(...program())

async function installIfNeeded() {
  if (isInstalled()) return
  log('installing packages (once, about half a minute) …')
  const npm = process.env.npm_execpath
  const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const [file, args] = npm ? [process.execPath, [npm, ...options]] : ['npm', options]
  const env = { ...process.env, NODE_ENV: '' }
  const child = spawn(file, args, {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
    shell: !npm && process.platform === 'win32',
  })
  // npm goes on after Ctrl-C: it would still write here when the next start does.
  const end = () => child.kill('SIGKILL')
  for (const signal of SIGNALS) process.on(signal, end)
  const { code, signal, error } = await new Promise((resolve) => {
    child.on('error', (error) => resolve({ error }))
    child.on('exit', (code, signal) => resolve({ code, signal }))
  })
  for (const signal of SIGNALS) process.off(signal, end)
  if (signal) process.exit(130)
  if (code !== 0) fail(`the packages could not be installed${error ? `: ${error.message}` : ''}; see npm's words above`)
}

/** Whether npm has installed what is locked, and for this system: it notes that when it is done, whoever called it. */
function isInstalled() {
  const installed = packagesIn(join('node_modules', '.package-lock.json'))
  const isForHere = ({ os = [process.platform], cpu = [process.arch] }) =>
    os.includes(process.platform) && cpu.includes(process.arch)
  const isThere = ([path, { optional, integrity }]) =>
    path === '' || optional || (installed[path] && installed[path].integrity === integrity)
  return Object.values(installed).every(isForHere) && Object.entries(packagesIn('package-lock.json')).every(isThere)
}

function packagesIn(lockFile) {
  return JSON.parse(read(join(root, lockFile)) || '{"packages":{}}').packages
}

/** The Node installed with the packages, else the one running this. */
function pickNode() {
  const bundled = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(bundled)) return bundled
  const [major, minor] = process.versions.node.split('.').map(Number)
  if ((major === 22 && minor >= 22) || major === 24 || major >= 26) return process.execPath
  return fail(
    `Node 24 did not come with the packages and this is Node ${process.versions.node}: ` +
      'run "npm rebuild node" (npm must be allowed to run install scripts), or install Node 24',
  )
}

function buildIfNeeded() {
  const sources = [
    'package-lock.json',
    'bin/quick-validate.js',
    ...[
      'build',
      'build-quick-validate',
      'warm-quick-validate',
      'generate-build-id',
      'generate-rules',
      'generate-validators',
    ].map((name) => `scripts/${name}.mjs`),
  ]
  const files = [
    ...sources.map((name) => join(root, name)),
    ...['src', 'schemas', 'test/fixtures/rules'].flatMap(filesUnder),
  ]
  const stamp = hashOf(files)
  if (read(buildStamp) === stamp && existsSync(join(root, 'src', 'generated'))) return
  log('building …')
  const { status } = spawnSync(node, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) fail('the build failed; see the words above')
  writeFileSync(buildStamp, stamp)
}

/** What to run: the test runner, the benches, or `runner start` with what the caller gave. */
function program() {
  if (command === 'bench') return [join(root, 'bench', 'run.ts'), given]
  if (command === 'test') return [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ['run', ...given]]
  return [join(root, 'bin', 'runner.js'), [command, ...given]]
}

function run(file, args) {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(process.platform === 'win32' ? ';' : ':')
  const child = spawn(node, [file, ...args], { stdio: 'inherit', env: { ...process.env, PATH: path } })
  const parentCheck = process.env.npm_lifecycle_event ? onParentGone(() => child.kill('SIGTERM')) : undefined
  // A terminal sends Ctrl-C to the child as well; the others come to this process alone.
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      clearInterval(parentCheck)
      if (signal !== 'SIGINT') child.kill(signal)
    })
  }
  child.on('error', (error) => fail(`${node} could not be started: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 128 + ({ SIGINT: 2, SIGTERM: 15, SIGKILL: 9, SIGHUP: 1 }[signal] || 1) : code
  })
}

/** npm passes a signal on to its shell alone, which ends without a word: its end stands for the signal. */
function onParentGone(end) {
  let wasThere = true
  const check = setInterval(() => {
    if (!wasThere) {
      clearInterval(check)
      end()
    }
    wasThere = process.ppid === parent
  }, PARENT_CHECK_MS)
  return check.unref()
}

function filesUnder(folder) {
  const found = []
  for (const entry of readdirSync(join(root, folder)).sort()) {
    const path = join(folder, entry)
    if (entry === 'generated') continue
    if (statSync(join(root, path)).isDirectory()) found.push(...filesUnder(path))
    else found.push(join(root, path))
  }
  return found
}

function hashOf(files) {
  const hash = createHash('sha256').update(process.platform + process.arch)
  for (const file of files) hash.update(file).update(readFileSync(file))
  return hash.digest('hex')
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function log(sentence) {
  process.stderr.write(`runner: ${sentence}\n`)
}

function fail(sentence) {
  log(sentence)
  process.exit(3)
}
