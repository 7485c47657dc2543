import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const source = resolve(import.meta.dirname, '../src')

/** What each room may import besides itself; rooms of one floor never import each other. */
const ROOMS: { readonly [room: string]: readonly string[] } = {
  agent: ['generated'],
  realtime: [],
  audio: [],
  session: ['agent', 'realtime', 'audio'],
  io: ['agent', 'realtime', 'audio'],
  page: [],
  channels: ['agent', 'realtime', 'audio', 'page'],
  runner: ['session', 'io', 'channels', 'agent', 'realtime', 'audio', 'generated', 'page'],
  emulator: ['audio', 'generated'],
  commands: ['runner', 'session', 'io', 'channels', 'agent', 'realtime', 'audio', 'emulator'],
  'cli.ts': ['command-line', 'commands'],
  'command-line': ['commands'],
  'quick-validate.ts': ['commands'],
}

/** Rooms that take data and return data. */
const PURE = ['agent', 'realtime', 'audio', 'session', 'emulator/brain']

/** Node's own modules that compute and do nothing else. */
const PURE_BUILTINS = ['node:path', 'node:crypto', 'node:buffer', 'node:util']

/** What no pure file may touch: clock, chance, timers, the process. */
const IMPURE_WORDS =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.|setTimeout|setInterval|setImmediate|process\.|console\.|fetch\()/

/** The one home of each package. */
const PACKAGES: { readonly [name: string]: RegExp } = {
  yaml: /^agent\/(parse|printing\/(print-yaml|formatter|verbatim-scalars))\.ts$/,
  ajv: /^agent\/(parameters|shape\/(shape-fault|unknown-key))\.ts$/,
  'fastest-levenshtein': /^agent\/nearest\.ts$/,
  '@alexanderolsen/libsamplerate-js': /^audio\/resample\.ts$/,
  chokidar: /^io\/files\/folder-watcher\.ts$/,
  'prom-client': /^io\/monitoring\/metrics\.ts$/,
  pino: /^io\/log\.ts$/,
  ws: /^(io\/service\/service-socket|emulator\/server|channels\/page\/(server|link))\.ts$/,
  preact: /^page\/.*\.tsx?$/,
  uplot: /^page\/parts\/latency-plot\.tsx$/,
  '@modelcontextprotocol/client': /^io\/mcp\/mcp-(client|failure|process|transport|messages)\.ts$/,
  commander: /^(cli|command-line\/[a-z-]+)\.ts$/,
}

/** Folders whose files are all of one kind, each named by its subject: the map names the folder alone. */
const OF_ONE_KIND = ['commands', 'agent/checks', 'agent/rules', 'agent/formats', 'page/parts']

/** What is read from outside the tree: by Node, by the browser, by whoever writes a client. */
const ENTRIES = /^(cli|quick-validate|page\/(client|protocol|main))\.tsx?$/

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('generated'))
  .map((path) => ({ path, text: readFileSync(join(source, path), 'utf8') }))

test('imports run down the plan, never up, never sideways', () => {
  const wrong = files.flatMap(({ path, text }) =>
    relativeImports(path, text)
      .filter((target) => !target.startsWith('..'))
      .filter((target) => room(target) !== room(path) && !(ROOMS[room(path)] ?? []).includes(room(target)))
      .map((target) => `${path} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

test('other rooms import only the channel protocol from the page', () => {
  const wrong = files
    .filter(({ path }) => room(path) !== 'page')
    .flatMap(({ path, text }) =>
      relativeImports(path, text)
        .filter((target) => room(target) === 'page' && target !== 'page/protocol.ts')
        .map((target) => `${path} imports ${target}`),
    )
  expect(wrong).toEqual([])
})

test('no file imports itself by way of others, not even for a type', () => {
  let rest = files.map(({ path, text }) => ({ path, targets: relativeImports(path, text) }))
  for (let before = 0; before !== rest.length; ) {
    before = rest.length
    const importing = new Set(rest.map(({ path }) => path))
    const imported = new Set(rest.flatMap(({ targets }) => targets))
    rest = rest.filter(({ path, targets }) => imported.has(path) && targets.some((target) => importing.has(target)))
  }
  expect(rest.map(({ path }) => path)).toEqual([])
})

test('every room is on the plan', () => {
  expect([...new Set(files.map(({ path }) => room(path)))].filter((name) => !(name in ROOMS))).toEqual([])
})

test('pure rooms import nothing with side effects, and use neither clock nor randomness', () => {
  const wrong = files
    .filter(({ path }) => PURE.some((prefix) => path.startsWith(prefix)))
    .flatMap(({ path, text }) => [
      ...imports(text)
        .filter((name) => name.startsWith('node:') && !PURE_BUILTINS.includes(name))
        .map((name) => `${path} imports ${name}`),
      ...(IMPURE_WORDS.test(withoutComments(text))
        ? [`${path} uses ${IMPURE_WORDS.exec(withoutComments(text))?.[0]}`]
        : []),
    ])
  expect(wrong).toEqual([])
})

test('each package is imported only in its one home', () => {
  const wrong = files.flatMap(({ path, text }) =>
    imports(text)
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
      .map(packageName)
      .filter((name) => !PACKAGES[name]?.test(path))
      .map((name) => `${path} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

test('src/README.md names every file, and only files that exist', () => {
  const map = readFileSync(join(source, 'README.md'), 'utf8')
  const sections = map.split(/^## /m).map((section) => ({ titles: section.split('\n', 1)[0] ?? '', section }))
  const named = sections.flatMap(({ titles, section }) =>
    section.split('\n').flatMap((line) => {
      const names = [...line.matchAll(/`([\w/.-]+\.tsx?|[\w/-]+\/)`/g)].map(([, name = '']) => name)
      const rooms = titles.split(', ')
      const folders = names.filter((name) => name.endsWith('/'))
      const near = ['', '..', ...rooms.flatMap((room) => [room, ...folders.map((folder) => join(room, folder))])]
      return names.map((name) => ({
        name,
        places: near.map((folder) => join(folder, name)).filter((place) => existsSync(join(source, place))),
      }))
    }),
  )
  expect(named.filter(({ places }) => places.length === 0).map(({ name }) => name)).toEqual([])
  const known = new Set(named.flatMap(({ places }) => places))
  const unnamed = files.map(({ path }) => path).filter((path) => !known.has(path))
  expect(unnamed.filter((path) => !OF_ONE_KIND.includes(dirname(path)))).toEqual([])
})

test('each function named under "Where it is decided" is in the file named', () => {
  const [, table = ''] = readFileSync(join(source, 'README.md'), 'utf8').split('## Where it is decided')
  const named = [...(table.split('\n## ')[0] ?? '').matchAll(/`([\w/-]+\.ts)`((?:,? `\w+`)+)/g)].flatMap(
    ([, path = '', names = '']) => [...names.matchAll(/\w+/g)].map(([name]) => ({ path, name })),
  )
  const text = (path: string) => readFileSync(join(source, path), 'utf8')
  expect(named.length).toBeGreaterThan(9)
  expect(named.filter(({ path, name }) => !text(path).includes(`function ${name}(`))).toEqual([])
})

test('every export is imported by another file', () => {
  const tree = resolve(source, '..')
  const readers = ['src', 'test', 'bench', 'scripts'].flatMap((folder) =>
    readdirSync(join(tree, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(tsx?|mjs)$/.test(path))
      .map((path) => join(tree, folder, path)),
  )
  const used = new Set(readers.flatMap((path) => importedNames(path, readFileSync(path, 'utf8'))))
  const unused = files
    .filter(({ path }) => !ENTRIES.test(path))
    .flatMap(({ path, text }) => exportedNames(text).map((name) => ({ path, name })))
    .filter(({ path, name }) => !used.has(`${join(source, path)} ${name}`))
    .map(({ path, name }) => `${path} exports ${name}`)
  expect(unused).toEqual([])
})

test('there is no types.ts, utils.ts, helpers.ts or index.ts', () => {
  expect(files.filter(({ path }) => /(^|\/)(types|utils|helpers|index)\.ts$/.test(path))).toEqual([])
})

function relativeImports(path: string, text: string): readonly string[] {
  return imports(text)
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(source, resolve(source, path, '..', name)))
}

function imports(text: string): readonly string[] {
  const found = withoutComments(text).matchAll(
    /(?:^|\s)(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|^import '([^']+)'/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

function exportedNames(text: string): readonly string[] {
  const found = withoutComments(text).matchAll(
    /^export (?:async )?(?:function\*?|const|let|class|interface|type) (\w+)/gm,
  )
  return [...found].map((match) => match[1] ?? '')
}

/** Ways to take names out of a file. */
const IMPORTS = [
  /import (?:type )?\{(?<names>[^}]*)\} from '(?<file>\.[^']+)'/g,
  /\{(?<names>[^{}]*)\} = await import\('(?<file>\.[^']+)'\)/g,
  /import\('(?<file>\.[^']+)'\)(?:\)\.|\.then\(\(\{ )(?<names>\w+)/g,
]

/** Each imported name behind the file that it comes from. */
function importedNames(path: string, text: string): readonly string[] {
  return IMPORTS.flatMap((pattern) => [...withoutComments(text).matchAll(pattern)]).flatMap(({ groups = {} }) => {
    const names = (groups.names ?? '').split(',').map((name) => name.trim().replace(/^type /, ''))
    return names.map((name) => `${resolve(path, '..', groups.file ?? '')} ${name.replace(/(?: as |:).*$/, '')}`)
  })
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
}

function room(path: string): string {
  return path.split('/')[0] ?? path
}

function packageName(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}
