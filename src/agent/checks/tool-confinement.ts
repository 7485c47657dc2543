import { durationMs } from '../duration.ts'
import { authorPath, type Fault, type Path, pointerOf } from '../findings/fault.ts'
import type { LoadContext } from '../load-request.ts'
import { LIMIT_BYTES_MAX, LIMIT_BYTES_MIN, memoryBytes } from '../tool-limits.ts'
import { type FileCheck, findProgram } from './script-file.ts'

interface Confinement {
  readonly sandbox?: unknown
  readonly network?: unknown
  readonly mode?: unknown
  readonly limits?: { readonly memory?: unknown; readonly cpu?: unknown } | null
}

/** Checks the sandbox and limits of a tool: that they go together, and that the programs they need are on this machine. */
export function checkConfinement(tool: unknown, index: number, context: LoadContext): readonly FileCheck[] {
  const { sandbox, network, limits, mode } = Object(tool) as Confinement
  const path: Path = ['tools', index]
  const checks: FileCheck[] = []
  if (sandbox === 'read_only' || sandbox === 'isolated')
    checks.push(checkHelperProgram('bwrap', [...path, 'sandbox'], context))
  else if (network !== undefined) {
    const message = `${authorPath([...path, 'network'])} has no effect without a sandbox`
    checks.push(
      failed('RV512', message, 'Remove it, or add sandbox: read_only.', {
        path: [...path, 'network'],
        context,
        dependsOn: [pointerOf([...path, 'sandbox'])],
      }),
    )
  }
  if (typeof limits !== 'object' || limits === null) return checks
  if (Object.keys(limits).length > 0) checks.push(checkHelperProgram('prlimit', [...path, 'limits'], context))
  return [...checks, ...checkLimits(limits, mode, { path: [...path, 'limits'], context })]
}

interface FaultPlace {
  readonly path: Path
  readonly context: LoadContext
  readonly dependsOn?: readonly string[]
}

function checkLimits(
  { memory, cpu }: NonNullable<Confinement['limits']>,
  mode: unknown,
  { path, context }: FaultPlace,
) {
  const checks: FileCheck[] = []
  const bytes = typeof memory === 'string' ? memoryBytes(memory) : null
  if (bytes !== null && (bytes < LIMIT_BYTES_MIN || bytes > LIMIT_BYTES_MAX)) {
    const message = `${authorPath([...path, 'memory'])} is ${memory}; 8MB to 64GB is wanted`
    checks.push(
      failed('RV506', message, 'A shell needs 8MB, Python 32MB, Node 700MB.', { path: [...path, 'memory'], context }),
    )
  }
  if (typeof cpu === 'string' && durationMs(cpu) !== null && mode === 'worker') {
    const message = `${authorPath([...path, 'cpu'])} would end a worker, which lives on from call to call`
    checks.push(failed('RV512', message, 'Remove it; timeout holds each call.', { path: [...path, 'cpu'], context }))
  }
  return checks
}

/** A warning at the start: the tool is refused when it is called, and the rest of the agent works. */
function checkHelperProgram(program: string, path: Path, context: LoadContext): FileCheck {
  const found = findProgram(program, context)
  if (found.needs.length > 0 || found.exists) return { needs: found.needs, faults: [] }
  const message = `${authorPath(path)} needs ${program}, which is not on this machine`
  const help = `Install ${PACKAGES[program]}; without it the tool does not run.`
  const { needs, faults } = failed('RV507', message, help, { path, context })
  if (context.request.purpose !== 'start') return { needs, faults }
  return { needs, faults: faults.map((fault) => ({ ...fault, level: 'warning' })) }
}

const PACKAGES: { readonly [program: string]: string } = { bwrap: 'bubblewrap', prlimit: 'util-linux' }

function failed(
  rule: Fault['rule'],
  message: string,
  help: string,
  { path, context, dependsOn = [] }: FaultPlace,
): FileCheck {
  const at = { place: context.parsed.placeOf(path, 'value'), pointer: pointerOf(path) }
  return { needs: [], faults: [{ rule, message, help, ...at, dependsOn }] }
}
