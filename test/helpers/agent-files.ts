import { basename, dirname } from 'node:path'
import type { Diagnostic } from '../../src/agent/findings/diagnostic.ts'
import { type LoadStep, loadAgent } from '../../src/agent/load.ts'
import { compileParameters } from '../../src/agent/parameters.ts'
import { createSeen, type FileSeen } from '../../src/agent/seen.ts'

/** What a load came to. */
export type Loaded = Exclude<LoadStep, { status: 'needs' }>

/** What is around the files. */
export interface Surroundings {
  readonly purpose?: 'validate' | 'start'
  readonly env?: { readonly [name: string]: string }
  /** Real paths of those files that are links, by their path. */
  readonly links?: { readonly [path: string]: string }
}

/** Rounds of asking for files; more than the product's own limit would allow are a fault of the load. */
const ROUNDS_MAX = 64

/** Loads `agents/desk.yaml` of the files given (path below /shop → content). Every bare program is there. */
export function load(files: { readonly [path: string]: string | Uint8Array }, around: Surroundings = {}): Loaded {
  const { purpose = 'validate', links = {}, env = {} } = around
  const seen = createSeen()
  const request = {
    file: 'agents/desk.yaml',
    path: '/shop/agents/desk.yaml',
    purpose,
    searchPath: ['/bin'],
    env,
  } as const
  let compile = purpose === 'start' ? compileParameters : undefined
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const step = loadAgent({ ...request, compile }, seen)
    if (step.status !== 'needs') return step
    if (step.compiler) compile = compileParameters
    for (const need of step.paths) seen.set(need, need.part === 'names' ? list(need.path) : look(need.path))
  }
  throw new Error('the load asks for files without end')

  function list(path: string): FileSeen {
    const names = Object.keys(files).flatMap((name) => (dirname(`/shop/${name}`) === path ? [basename(name)] : []))
    const inside = Object.keys(files).some((name) => `/shop/${name}`.startsWith(`${path}/`))
    const folders = Object.keys(files).map((name) => dirname(`/shop/${name}`))
    const inner = folders.flatMap((folder) => (dirname(folder) === path ? [basename(folder)] : []))
    return inside ? { kind: 'directory', realPath: path, names: [...names, ...inner] } : { kind: 'absent' }
  }

  function look(path: string): FileSeen {
    const name = path.replace('/shop/', '')
    const content = files[name]
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    if (bytes !== undefined) return { kind: 'file', bytes, mode: 0o755, realPath: links[name] ?? path }
    if (path === '/shop/.runner.yaml' || dirname(path) === '/bin')
      return { kind: 'file', bytes: new Uint8Array(), mode: 0o755, realPath: path }
    return { kind: 'absent' }
  }
}

/** What is wrong, one line each: where, rule, words. */
export function diagnosticLines({ diagnostics }: Loaded): readonly string[] {
  return diagnostics.map(({ file, range, rule, message }) => {
    return `${file}:${range.start.line}:${range.start.column} ${rule} ${message}`
  })
}

/** A text with the first of what a diagnostic proposes in its place. */
export function applySuggestion(text: string, { range, suggest = [] }: Diagnostic): string {
  const [first] = suggest
  if (first === undefined) throw new Error('nothing is proposed')
  return text.slice(0, range.start.offset) + first.replace + text.slice(range.end.offset)
}
