import type { AgentFileData } from './build.ts'
import { checkExampleEnv } from './checks/example-env.ts'
import { checkScripts } from './checks/scripts.ts'
import { checkTexts } from './checks/texts.ts'
import { type Reference, resolveReferences, runnerSecretFaults } from './composition/environment.ts'
import type { Composed } from './composition/origin.ts'
import { type PromptRead, readPrompt } from './composition/prompt.ts'
import { redactValues } from './composition/redact-values.ts'
import type { Fault } from './findings/fault.ts'
import { isMap } from './is-map.ts'
import type { FileQuery, Files, LoadContext, LoadRequest } from './load-request.ts'
import { checkMeaning } from './meaning.ts'
import { checkShape } from './shape/shape.ts'

interface CheckInput {
  readonly request: LoadRequest
  readonly root: string
  readonly files: Files
  /** Text of each YAML file, by the name that places use. */
  readonly sources: ReadonlyMap<string, string>
}

/** What a load needs before it can go on. */
export interface Needs {
  readonly status: 'needs'
  readonly paths: readonly FileQuery[]
  /** Only a compiler can tell whether some parameters are a schema. */
  readonly compiler?: true
}

/** An agent file of which everything was looked at. */
export interface CheckedFile {
  readonly status: 'checked'
  /** With its variables filled in. */
  readonly parsed: Composed
  readonly data: AgentFileData
  readonly references: ReadonlyMap<string, Reference>
  readonly prompt: PromptRead
  /** Those of shape, which are among all of them. */
  readonly shape: readonly Fault[]
  readonly faults: readonly Fault[]
}

/** Fills in the variables of an agent file, and checks the shape and then the meaning of all that it holds and names. */
export function checkFile(composed: Composed, { request, root, files, sources }: CheckInput): CheckedFile | Needs {
  const resolved = resolveReferences(composed, request)
  const parsed = { ...composed, data: resolved.data }
  const data = (isMap(parsed.data) ? parsed.data : {}) as AgentFileData
  const context: LoadContext = { request, parsed, data, root, files }
  const prompt = readPrompt(context)
  if (prompt.status === 'needs') return prompt
  const scripts = checkScripts(context)
  if (scripts.status === 'needs') return scripts
  const example = checkExampleEnv(context, resolved.references.values())
  if (example.needs.length > 0) return { status: 'needs', paths: example.needs }
  const shape = checkShape(parsed)
  let needsCompiler = false
  function noteNeed() {
    needsCompiler = true
    return () => []
  }
  const compile = request.compile ?? noteNeed
  const meaning = checkMeaning(parsed, data, { shape: [...parsed.faults, ...shape], compile })
  if (needsCompiler) return { status: 'needs', paths: [], compiler: true }
  const texts = checkTexts({ parsed, data, prompt, sources })
  const faults = [
    redactValues([...shape, ...prompt.faults, ...scripts.faults, ...meaning, ...texts], resolved.references),
    resolved.faults,
    runnerSecretFaults(resolved, composed),
    example.faults,
  ].flat()
  return { status: 'checked', parsed, data, references: resolved.references, prompt, shape, faults }
}
