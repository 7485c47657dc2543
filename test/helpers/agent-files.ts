import { basename, dirname } from 'node:path'
import type { Diagnostic } from '../../src/agent/findings/diagnostic.ts'
import { type LoadStep, loadAgent } from '../../src/agent/load.ts'
import { createFileStates, type FileState } from '../../src/agent/load-request.ts'
import { compileParameters } from '../../src/agent/parameters.ts'

/** The result of a load. */
export type Loaded = Exclude<LoadStep, { status: 'needs' }>

/** What a load sees besides the files. */
export interface LoadOptions {
  readonly purpose?: 'validate' | 'start'
  /** The one that is loaded, below /shop. */
  readonly file?: string
  readonly env?: { readonly [name: string]: string }
  /** Real paths of those files that are links, by their path. */
  readonly links?: { readonly [path: string]: string }
}

/** How often a load may ask for files; one that asks more often has a fault. */
const ROUNDS_MAX = 64

/** Loads `agents/desk.yaml`, or another one, from these files (path below /shop → content). Every program on the PATH exists. */
export function load(files: { readonly [path: string]: string | Uint8Array }, options: LoadOptions = {}): Loaded {
  const { purpose = 'validate', file = 'agents/desk.yaml', links = {}, env = {} } = options
  const seen = createFileStates()
  const request = {
    file,
    path: `/shop/${file}`,
    purpose,
    searchPath: ['/bin'],
    env,
  } as const
  let compile = purpose === 'start' ? compileParameters : undefined
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const step = loadAgent({ ...request, compile }, seen)
    if (step.status !== 'needs') return step
    if (step.compiler) compile = compileParameters
    for (const need of step.paths) seen.set(need, need.part === 'names' ? folderAt(need.path) : fileAt(need.path))
  }
  throw new Error('the load asks for files without end')

  function folderAt(path: string): FileState {
    const names = Object.keys(files).flatMap((name) => (dirname(`/shop/${name}`) === path ? [basename(name)] : []))
    const inside = Object.keys(files).some((name) => `/shop/${name}`.startsWith(`${path}/`))
    const folders = Object.keys(files).map((name) => dirname(`/shop/${name}`))
    const inner = folders.flatMap((folder) => (dirname(folder) === path ? [basename(folder)] : []))
    return inside ? { kind: 'directory', realPath: path, names: [...names, ...inner] } : { kind: 'absent' }
  }

  function fileAt(path: string): FileState {
    const name = path.replace('/shop/', '')
    const content = files[name]
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    if (bytes !== undefined) return { kind: 'file', bytes, mode: 0o755, realPath: links[name] ?? path }
    if (path === '/shop/.runner.yaml' || dirname(path) === '/bin')
      return { kind: 'file', bytes: new Uint8Array(), mode: 0o755, realPath: path }
    return folderAt(path)
  }
}

/** One line for each diagnostic: its place, rule and message. */
export function diagnosticLines({ diagnostics }: Loaded): readonly string[] {
  return diagnostics.map(({ file, range, rule, message }) => {
    return `${file}:${range.start.line}:${range.start.column} ${rule} ${message}`
  })
}

/** The text with the first suggestion of a diagnostic applied. */
export function applySuggestion(text: string, { range, suggest = [] }: Diagnostic): string {
  const [first] = suggest
  if (first === undefined) throw new Error('the diagnostic has no suggestion')
  return text.slice(0, range.start.offset) + first.replace + text.slice(range.end.offset)
}
