import { dirname } from 'node:path'
import type { Agent } from './agent.ts'
import { withHash } from './agent-hash.ts'
import { buildAgent } from './build.ts'
import { type CheckedFile, checkFile, type Needs } from './check.ts'
import { secretFaults } from './checks/secrets.ts'
import { compose } from './composition/compose.ts'
import type { Composed, Part } from './composition/origin.ts'
import { readProject } from './composition/project.ts'
import { findRoot } from './composition/root.ts'
import { diagnose, rootCauses } from './findings/diagnose.ts'
import type { Diagnostic, Place } from './findings/diagnostic.ts'
import { authorPath, type Fault, meantPointers, toDiagnostic } from './findings/fault.ts'
import type { Files, LoadRequest } from './load-request.ts'
import { type ParsedFile, parseFile } from './reading/parsed-file.ts'

export type LoadStep =
  | Needs
  | {
      readonly status: 'loaded'
      /** Made when somebody asks for it: most validations do not. */
      readonly agent: Agent
      /** What its files say together, before variables are filled in. */
      readonly written: unknown
      readonly diagnostics: readonly Diagnostic[]
      /** Text of each file that a diagnostic may point into, by the name it uses. */
      readonly sources: ReadonlyMap<string, string>
      /** Folder that every file of the agent lies in, links resolved. */
      readonly root: string
    }
  | {
      readonly status: 'rejected'
      readonly diagnostics: readonly Diagnostic[]
      readonly sources: ReadonlyMap<string, string>
      readonly root: string
    }

/** One step of loading: what it still needs to see, or the agent, or everything that is wrong with it. */
export function loadAgent(request: LoadRequest, files: Files): LoadStep {
  const read = readMain(request, files)
  if (read.status !== 'read') return read
  const { main, root } = read
  const composition = compose(main, { root, files, purpose: request.purpose })
  if (composition.status === 'needs') return composition
  const parts = composition.parts.map(({ parsed }) => parsed)
  const project = readProject(root, request, files)
  const texts = textsOf(project.parsed === null ? parts : [...parts, project.parsed])
  const reading = [...composition.faults, ...parts.flatMap(secretFaults)]
  if (composition.composed.data === undefined) {
    const diagnostics = diagnose(reading, { project, parts, sources: texts, isComplete: false })
    return { status: 'rejected', diagnostics, sources: texts, root }
  }
  const checked = checkFile(composition.composed, { request, root, files, sources: texts })
  if (checked.status === 'needs') return checked
  const sources = checked.prompt.source === null ? texts : new Map([...texts, checked.prompt.source])
  const isPartial = composition.isPartial || checked.shape.some(isForExtends)
  const faults = rootCauses({ reading, meaning: checked.faults }, { parsed: checked.parsed, isPartial })
  const isComplete = !isPartial && request.purpose !== 'start'
  const diagnostics = diagnose(faults, { project, parts, sources, isComplete })
  if (diagnostics.some(({ level }) => level === 'error')) return { status: 'rejected', diagnostics, sources, root }
  const { data: written } = composition.composed
  return new Loaded(() => agentOf(checked, request), { written, diagnostics, sources, root })
}

type MainRead =
  | Exclude<LoadStep, { status: 'loaded' }>
  | { readonly status: 'read'; readonly main: Part; readonly root: string }

/** The agent file itself, parsed, and the root of its project. */
function readMain({ file, path }: LoadRequest, files: Files): MainRead {
  const query = { path, part: 'whole' } as const
  const seen = files.get(query)
  if (seen === undefined) return { status: 'needs', paths: [query] }
  const root = findRoot(path, files)
  if (typeof root !== 'string') return { status: 'needs', paths: root }
  if (seen.kind !== 'file')
    return { status: 'rejected', diagnostics: [toDiagnostic(unreadableFault(file))], sources: new Map(), root }
  return { status: 'read', main: { parsed: parseFile(file, seen.bytes), path, realPath: seen.realPath }, root }
}

function unreadableFault(file: string): Fault {
  const start = { line: 1, column: 1, offset: 0 }
  const message = `${file} is no file that can be read`
  return { rule: 'RV201', message, help: 'Name an agent file.', place: { file, start, end: start }, pointer: '' }
}

function textsOf(parsed: readonly ParsedFile[]): ReadonlyMap<string, string> {
  return new Map(parsed.map(({ file, text }) => [file, text]))
}

/** Whether it is of `extends`, or of a key that was to be it: the file that it names is not read. */
function isForExtends(fault: Fault): boolean {
  return [fault.pointer, ...meantPointers(fault)].includes('/extends')
}

function agentOf({ parsed, data, prompt, references }: CheckedFile, { file, path, compile }: LoadRequest): Agent {
  const agent = buildAgent({
    data,
    file,
    folder: dirname(path),
    folderOf: parsed.folderOf,
    instructions: prompt.text,
    compile,
    references: new Map([...references.values()].map((each) => [authorPath(each.path), each.written])),
  })
  return withHash({ ...agent, places: placesOf(parsed, prompt.place) })
}

type LoadedStep = Extract<LoadStep, { status: 'loaded' }>

/**
 * A class for its getter: one of an object's own has a shape of its own made for it, and that keeps all it refers to in memory until the whole
 * heap is looked through.
 */
class Loaded implements LoadedStep {
  readonly status = 'loaded'
  readonly written: unknown
  readonly diagnostics: LoadedStep['diagnostics']
  readonly sources: LoadedStep['sources']
  readonly root: string
  readonly #make: () => Agent
  #agent: Agent | undefined

  constructor(make: () => Agent, { written, diagnostics, sources, root }: Omit<LoadedStep, 'status' | 'agent'>) {
    this.#make = make
    this.written = written
    this.diagnostics = diagnostics
    this.sources = sources
    this.root = root
  }

  get agent(): Agent {
    this.#agent ??= this.#make()
    return this.#agent
  }
}

/** A copy of the agent takes them along without looking: none of its settings is asked for its place by that. */
function placesOf(parsed: Composed, prompt: Place | null): Agent['places'] {
  let places: ReadonlyMap<string, Place> | undefined
  function all(): ReadonlyMap<string, Place> {
    places ??= new Map([
      ...parsed.paths().flatMap(({ path, place }) => (path.length === 0 ? [] : [[authorPath(path), place] as const])),
      ...(prompt === null ? [] : [['instructions', prompt] as const]),
    ])
    return places
  }
  return { get: (path) => all().get(path), has: (path) => all().has(path) }
}
