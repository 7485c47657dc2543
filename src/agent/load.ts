import { dirname } from 'node:path'
import type { Agent } from './agent.ts'
import { withHash } from './agent-hash.ts'
import { type AgentFileData, buildAgent } from './build.ts'
import { checkExampleEnv } from './checks/example-env.ts'
import { checkScripts } from './checks/scripts.ts'
import { secretFaults } from './checks/secrets.ts'
import { checkTexts } from './checks/texts.ts'
import { compose } from './composition/compose.ts'
import { resolveReferences, runnerSecretFaults } from './composition/environment.ts'
import type { Composed } from './composition/origin.ts'
import { readProject } from './composition/project.ts'
import { readPrompt } from './composition/prompt.ts'
import { redactValues } from './composition/redact-values.ts'
import { findRoot } from './composition/root.ts'
import { withoutCascadingFaults } from './findings/cascading-faults.ts'
import type { Diagnostic, Place } from './findings/diagnostic.ts'
import {
  authorPath,
  type Fault,
  keysOfPointer,
  meantPointers,
  spaceSuggestions,
  toDiagnostic,
} from './findings/fault.ts'
import { applyLevels } from './findings/levels.ts'
import { mergeMisindentedKeys } from './findings/misindented-keys.ts'
import { keepOnePerCause } from './findings/one-per-cause.ts'
import { isMap } from './is-map.ts'
import type { FileQuery, Files, LoadContext, LoadRequest } from './load-request.ts'
import { checkMeaning } from './meaning.ts'
import { parseFile } from './reading/parsed-file.ts'
import type { RuleId } from './rules.ts'
import { withMoveHelp } from './shape/moved-settings.ts'
import { checkShape } from './shape/shape.ts'

export type LoadStep =
  | {
      readonly status: 'needs'
      readonly paths: readonly FileQuery[]
      /** Only a compiler can tell whether some parameters are a schema. */
      readonly compiler?: true
    }
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
  const query = { path: request.path, part: 'whole' } as const
  const seen = files.get(query)
  if (seen === undefined) return { status: 'needs', paths: [query] }
  const root = findRoot(request.path, files)
  if (typeof root !== 'string') return { status: 'needs', paths: root }
  if (seen.kind !== 'file')
    return rejected([unreadableFault(request.file, `${request.file} is no file that can be read`)], new Map(), root)
  const main = { parsed: parseFile(request.file, seen.bytes), path: request.path, realPath: seen.realPath }
  const composition = compose(main, { root, files, purpose: request.purpose })
  if (composition.status === 'needs') return composition
  const { composed } = composition
  const parts = composition.parts.map(({ parsed }) => parsed)
  const partFaults = [...composition.faults, ...parts.flatMap(secretFaults)]
  const sources = new Map(parts.map(({ file, text }) => [file, text]))
  const project = readProject(root, request, files)
  if (project.parsed !== null) sources.set(project.parsed.file, project.parsed.text)
  if (composed.data === undefined) {
    const levelled = applyLevels([...partFaults, ...project.faults], { project, parts, isComplete: false })
    return rejected(levelled, sources, root)
  }
  const resolved = resolveReferences(composed, request)
  const parsed = { ...composed, data: resolved.data }
  const shape = checkShape(parsed)
  const data = (isMap(parsed.data) ? parsed.data : {}) as AgentFileData
  const context: LoadContext = { request, parsed, data, root, files }
  const prompt = readPrompt(context)
  if (prompt.status === 'needs') return prompt
  const scripts = checkScripts(context)
  if (scripts.status === 'needs') return scripts
  const example = checkExampleEnv(context, resolved.references.values())
  if (example.needs.length > 0) return { status: 'needs', paths: example.needs }
  if (prompt.source !== null) sources.set(...prompt.source)
  let needsCompiler = false
  const compile =
    request.compile ??
    (() => {
      needsCompiler = true
      return () => []
    })
  const found = [
    shape,
    prompt.faults,
    scripts.faults,
    checkMeaning(parsed, data, { shape: [...parsed.faults, ...shape], compile }),
    checkTexts({ parsed, data, prompt, sources }),
  ].flat()
  if (needsCompiler) return { status: 'needs', paths: [], compiler: true }
  const withoutSecretValues = [
    redactValues(found, resolved.references),
    resolved.faults,
    runnerSecretFaults(resolved, composed),
    example.faults,
  ].flat()
  const own = composition.faults.filter(({ place }) => place.file === request.file)
  const rootCauses = withoutCascadingFaults(withoutSecretValues, own)
  const isPartial = composition.isPartial || shape.some((fault) => meantPointers(fault).includes('/extends'))
  const reportable = isPartial ? rootCauses.filter((fault) => !mayBeInUnreadPart(fault)) : rootCauses
  const local = reportable.map((fault) => {
    const pointer = parsed.pointerInFile(fault.pointer)
    const message = withIndexInFile(fault, pointer)
    return { ...fault, message, pointer, keyPlace: composed.placeOf(keysOfPointer(fault.pointer), 'key') }
  })
  const merged = keepOnePerCause(mergeMisindentedKeys({ reading: partFaults, meaning: local }))
  const moved = merged.some(({ moves }) => moves !== undefined) ? withMoveHelp(merged, parsed) : merged
  const levelled = applyLevels([...moved, ...project.faults], {
    project,
    parts,
    isComplete: !isPartial && request.purpose !== 'start',
  })
  const spaced = levelled.map((fault) => spaceSuggestions(fault, sources.get(fault.place.file)))
  const diagnostics = sortAndLimit(spaced.map(toDiagnostic))
  if (diagnostics.some(({ level }) => level === 'error')) return { status: 'rejected', diagnostics, sources, root }
  const make = (): Agent => {
    const agent = buildAgent({
      data,
      file: request.file,
      folder: dirname(request.path),
      folderOf: parsed.folderOf,
      instructions: prompt.text,
      compile: request.compile,
      references: new Map([...resolved.references.values()].map(({ path, written }) => [authorPath(path), written])),
    })
    return withHash({ ...agent, places: placesOf(parsed, prompt.place) })
  }
  return new Loaded(make, { written: composed.data, diagnostics, sources, root })
}

/** A tool of a list in a file of its own is counted there: other agents have that list in another place. */
function withIndexInFile({ message, pointer }: Fault, inFile: string): string {
  const [, index] = /^\/tools\/(\d+)/.exec(pointer) ?? []
  const [, own] = /^\/(\d+)/.exec(inFile) ?? []
  return index === undefined || own === undefined ? message : message.replaceAll(`tools[${index}]`, `tools[${own}]`)
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

/** Rules that hold one setting against another. */
const CROSS_SETTING_RULES: readonly RuleId[] = ['RV103', 'RV205', 'RV702', 'RV703']

/** What is missing here may stand in a file that could not be joined: that fault is reported already. */
function mayBeInUnreadPart({ rule, pointer }: Fault): boolean {
  return CROSS_SETTING_RULES.includes(rule) || (rule === 'RV102' && pointer.lastIndexOf('/') === 0)
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

function rejected(faults: readonly Fault[], sources: ReadonlyMap<string, string>, root: string): LoadStep {
  return { status: 'rejected', diagnostics: sortAndLimit(faults.map(toDiagnostic)), sources, root }
}

/** How many faults of one agent are reported: nobody reads more at once. */
const DIAGNOSTICS_MAX = 200

/** By file and place, errors first where there are too many; the help of the last one counts those beyond the limit. */
function sortAndLimit(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const inOrder = diagnostics.toSorted((one, other) => {
    if (one.file !== other.file) return one.file < other.file ? -1 : 1
    return one.range.start.offset - other.range.start.offset
  })
  if (inOrder.length <= DIAGNOSTICS_MAX) return inOrder
  const errorsFirst = inOrder.toSorted((one, other) => Number(other.level === 'error') - Number(one.level === 'error'))
  const reported = errorsFirst.slice(0, DIAGNOSTICS_MAX)
  const more = `There are ${inOrder.length - reported.length} faults besides.`
  return reported.map((diagnostic, index) =>
    index < reported.length - 1 ? diagnostic : { ...diagnostic, help: `${diagnostic.help} ${more}` },
  )
}

function unreadableFault(file: string, message: string): Fault {
  const start = { line: 1, column: 1, offset: 0 }
  return { rule: 'RV201', message, help: 'Name an agent file.', place: { file, start, end: start }, pointer: '' }
}
