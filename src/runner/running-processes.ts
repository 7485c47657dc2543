import { findRunningProcesses, sendControlRequest } from '../io/control/control-client.ts'
import type { RunRecord } from '../io/control/run-records.ts'
import { isSameFile } from '../io/files/same-file.ts'
import { EXIT } from './exit-code.ts'
import { printError } from './printing/print-error.ts'

/** Returns the processes of this project, oldest first; a number is an exit code, the complaint already printed. */
export function runningProcesses(): readonly RunRecord[] | number {
  const all = findRunningProcesses(process.cwd(), process.env)
  if (all.length > 0) return all
  return printError('no runner runs in this project: begin one with "runner start"', EXIT.notReady)
}

/** An agent of a running process. */
interface RunningAgent {
  readonly running: RunRecord
  readonly name: string
}

/**
 * Returns the agents of that name, else those of that file, or all if none is named; a number is an exit code, the complaint already
 * printed.
 */
export function runningAgents(requested: string | null): readonly RunningAgent[] | number {
  const all = runningProcesses()
  if (typeof all === 'number') return all
  const agents = all.flatMap((running) =>
    running.agents.map((name, index) => ({ running, name, file: running.files[index] })),
  )
  if (requested === null) return agents
  const named = agents.filter(({ name }) => name === requested)
  const chosen =
    named.length > 0 ? named : agents.filter(({ file }) => file !== undefined && isSameFile(requested, file))
  if (chosen.length > 0) return chosen
  const known = [...new Set(agents.map(({ name }) => name))].join(', ')
  return printError(`no running process has an agent "${requested}"; there are: ${known}`, EXIT.refused)
}

/** The body of a process's answer to a request; null if there is none, the complaint already printed. */
export async function sendRequest<Body>(
  running: RunRecord,
  request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object },
): Promise<Body | null> {
  const answer = await sendControlRequest(running, request)
  if (typeof answer === 'string') {
    printError(answer, EXIT.notReady)
    return null
  }
  return answer.body as Body
}
