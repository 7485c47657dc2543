// Runs `validate` from scripts with a V8 code cache: see scripts/build-quick-validate.mjs.
// Uses getBuiltinModule instead of import: importing node:fs takes longer than all the rest of this file.
const { existsSync, readFileSync } = process.getBuiltinModule('node:fs')
const { fileURLToPath, pathToFileURL } = process.getBuiltinModule('node:url')
const { Script } = process.getBuiltinModule('node:vm')

const folder = fileURLToPath(new URL('../dist', import.meta.url))

/** The scripts that have run, by name. */
export const scripts = new Map()

/** A `require` that loads a Node module or one of our scripts on first use: one run needs few of them. Properties are cached. */
function requireLazily(id) {
  let loaded
  function get(_, key, used) {
    loaded ??= id.startsWith('./') ? startScript(id.slice(2)) : process.getBuiltinModule(id)
    used[key] = loaded[key]
    return used[key]
  }
  return Object.create(new Proxy({}, { get }))
}

/** Imports a module of the full program. */
function load(path) {
  return import(new URL(path, pathToFileURL(`${folder}/`)))
}

/**
 * Runs `validate` with nothing but paths; returns whether it did. It does not if the cache is missing or was made by another Node: compiling
 * the whole script would take longer than loading the modules.
 */
export async function runQuickly(argv) {
  if (!existsSync(`${folder}/quick-validate.cache`)) return false
  const script = readScript('quick-validate')
  return !script.cachedDataRejected && (await startScript('quick-validate', script).validateQuickly(argv))
}

/** Runs a script and returns its exports. */
export function startScript(name, script = readScript(name)) {
  scripts.set(name, script)
  const module = { exports: {} }
  script.runInThisContext()(module, module.exports, requireLazily, load)
  return module.exports
}

/** Reads a script with its code cache, if there is one; without, V8 compiles it as it runs. */
function readScript(name) {
  const filename = `${folder}/${name}.cjs`
  const cache = `${folder}/${name}.cache`
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
  return new Script(readFileSync(filename, 'latin1'), { filename, cachedData })
}
