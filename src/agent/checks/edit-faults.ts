import type { Agent } from '../agent.ts'
import type { Diagnostic } from '../findings/diagnostic.ts'
import { type Fault, toDiagnostic } from '../findings/fault.ts'
import { variablesIn } from '../requests/template.ts'

/** The name is what conversations, tools and logs know an agent by: it stays while the agent runs. */
export function renameFaults(before: Agent, after: Agent): readonly Diagnostic[] {
  if (before.name === after.name) return []
  const message = `the name changed from "${before.name}" to "${after.name}" while the agent runs`
  const help = `Write name: ${before.name}, or start the other agent beside it.`
  return [toDiagnostic({ ...placeOf(after, 'name'), rule: 'RV901', message, help, text: after.name })]
}

/** The variable for the key is not set in this process, so no conversation could begin. */
export function unsetKeyFault(after: Agent): Diagnostic {
  const { api_key_env } = after.connection
  const message = `${api_key_env} is not set where this agent runs`
  const help = 'Name a variable that is, or start the runner anew with it.'
  return toDiagnostic({ ...placeOf(after, 'connection.api_key_env'), rule: 'RV902', message, help, text: api_key_env })
}

/**
 * Variables that hold keys for other agents of this process, filled in where the service, or whoever reads a report, would see them. What
 * is started or asked for a tool never gets one.
 */
export function otherAgentKeyFaults(agent: Agent, keys: readonly string[]): readonly Diagnostic[] {
  return [...agent.references].flatMap(([field, written]) => {
    const key = variablesIn(written).find((name) => keys.includes(name))
    if (key === undefined || field.startsWith('tools[')) return []
    const message = `${field} would take ${key}, which holds the key of another agent`
    const help = 'The runner alone reads it, by connection.api_key_env; remove the reference.'
    return [toDiagnostic({ ...placeOf(agent, field), rule: 'RV404', message, help, text: written })]
  })
}

/** A save that removes most of the prompt, or all tools: that is seldom intended, and often a file that was cut off. */
export function lossFaults(before: Agent, after: Agent): readonly Diagnostic[] {
  const [old, left] = [before, after].map(({ instructions }) => instructions.trim().length) as [number, number]
  const faults: Fault[] = []
  if (left * 2 < old) {
    const message = `the prompt went from ${old} to ${left} characters`
    faults.push({ ...placeOf(after, 'instructions'), rule: 'RV905', message, help: IF_INTENDED_HELP })
  }
  if (before.tools.length > 0 && after.tools.length === 0) {
    const message = before.tools.length === 1 ? 'the only tool is gone' : `all ${before.tools.length} tools are gone`
    faults.push({ ...placeOf(after, 'tools'), rule: 'RV905', message, help: IF_INTENDED_HELP })
  }
  return faults.map(toDiagnostic)
}

const IF_INTENDED_HELP = 'If it is meant, save it once more or run "runner reload --accept".'

/** Content that the service has already refused. */
export function refusedContentFault(agent: Agent, number: number): Diagnostic {
  const message = `the service refused this content before, as generation ${number}`
  const help = 'Change it, or run "runner reload --accept" to ask once more.'
  return toDiagnostic({ ...placeOf(agent, ''), rule: 'RV906', message, help, text: agent.hash })
}

/** The file was removed, or cannot be read any more; `message` says which. */
export function missingFileFault(file: string, message: string): Diagnostic {
  const start = { line: 1, column: 1, offset: 0 }
  const help = 'Put it back: what was read of it last stays in force meanwhile.'
  return toDiagnostic({ place: { file, start, end: start }, pointer: '', rule: 'RV907', message, help })
}

function placeOf({ file, places }: Agent, field: string): Pick<Fault, 'place' | 'pointer'> {
  const start = { line: 1, column: 1, offset: 0 }
  const place = places.get(field)
  return {
    place: place ?? { file, start, end: start },
    pointer: place === undefined ? '' : `/${field.replaceAll('.', '/')}`,
  }
}
