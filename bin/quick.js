// `validate` as scripts that are compiled already: see scripts/build-quick.mjs.
// Node's modules are asked for, not imported: an import of node:fs loads everything that it might ever export, which takes longer than all of this.
const { existsSync, readFileSync } = process.getBuiltinModule('node:fs')
const { fileURLToPath, pathToFileURL } = process.getBuiltinModule('node:url')
const { Script } = process.getBuiltinModule('node:vm')

const folder = fileURLToPath(new URL('../dist', import.meta.url))

/** The scripts that were run, by name. */
export const scripts = new Map()

/**
 * A module of Node's, or a script of ours, that is loaded when something of it is used: most are not, in one run. What was asked for once is at
 * hand from then on.
 */
function whenUsed(id) {
  let loaded
  function get(_, key, used) {
    loaded ??= id.startsWith('./') ? startScript(id.slice(2)) : process.getBuiltinModule(id)
    used[key] = loaded[key]
    return used[key]
  }
  return Object.create(new Proxy({}, { get }))
}

/** A part of the program that is a module of its own. */
function load(path) {
  return import(new URL(path, pathToFileURL(`${folder}/`)))
}

/**
 * Runs a command line that is short enough to be quick, and says whether it did. Where the cache is missing or was made by another Node it does
 * not: compiling all of the script would take longer than loading the modules.
 */
export async function runQuickly(argv) {
  if (!existsSync(`${folder}/quick.cache`)) return false
  const script = readScript('quick')
  return !script.cachedDataRejected && (await startScript('quick', script).validateQuickly(argv))
}

/** Runs a script, and gives what it exports. */
export function startScript(name, script = readScript(name)) {
  scripts.set(name, script)
  const module = { exports: {} }
  script.runInThisContext()(module, module.exports, whenUsed, load)
  return module.exports
}

/** With what V8 made of it, where that was kept; without, it is compiled as it is run. */
function readScript(name) {
  const filename = `${folder}/${name}.cjs`
  const cache = `${folder}/${name}.cache`
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
  return new Script(readFileSync(filename, 'latin1'), { filename, cachedData })
}
