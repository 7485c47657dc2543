// `validate` as one script that is compiled already: see scripts/build-quick.mjs.
// Node's modules are asked for, not imported: an import of node:fs loads everything that it might ever export, which takes longer than all of this.
const { readFileSync } = process.getBuiltinModule('node:fs')
const { fileURLToPath, pathToFileURL } = process.getBuiltinModule('node:url')
const { Script } = process.getBuiltinModule('node:vm')

const file = fileURLToPath(new URL('../dist/quick.cjs', import.meta.url))

/** A module of Node's that is loaded when something of it is used: most are not, in one run. What was asked for once is then at hand. */
function whenUsed(id) {
  function get(_, key, used) {
    used[key] = process.getBuiltinModule(id)[key]
    return used[key]
  }
  return Object.create(new Proxy({}, { get }))
}

/** A part of the program that is a module of its own. */
function load(path) {
  return import(new URL(path, pathToFileURL(file)))
}

/**
 * Runs a command line that is short enough to be quick, and says whether it did. Where the cache is missing or was made by another Node it does
 * not: compiling all of the script would take longer than loading the modules.
 */
export async function runQuickly(argv) {
  let cachedData
  try {
    cachedData = readFileSync(file.replace('.cjs', '.cache'))
  } catch {
    return false
  }
  const { quickly } = prepareQuick(cachedData)
  return quickly !== undefined && (await quickly(argv))
}

export function prepareQuick(cachedData) {
  const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData })
  if (cachedData !== undefined && script.cachedDataRejected) return {}
  const module = { exports: {} }
  script.runInThisContext()(module, module.exports, whenUsed, load)
  return { script, quickly: module.exports.quickly }
}
