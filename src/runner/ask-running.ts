import { findRunningProcesses, sendControlRequest } from '../io/control/control-client.ts'
import type { RunRecord } from '../io/control/run-records.ts'
import { complain } from './complain.ts'
import { EXIT } from './exit-code.ts'
import { isSameFile } from './same-file.ts'

/** One process's answer. */
interface Answered<Body> {
  readonly running: RunRecord
  readonly status: number
  readonly body: Body
}

/** Returns the processes of this project, oldest first; a number is an exit code, the complaint already printed. */
export function allRunning(): readonly RunRecord[] | number {
  const all = findRunningProcesses(process.cwd(), process.env)
  if (all.length > 0) return all
  return complain('no runner runs in this project: begin one with "runner start"', EXIT.notReady)
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
export function runningAgents(asked: string | null): readonly RunningAgent[] | number {
  const all = allRunning()
  if (typeof all === 'number') return all
  const agents = all.flatMap((running) =>
    running.agents.map((name, index) => ({ running, name, file: running.files[index] })),
  )
  if (asked === null) return agents
  const named = agents.filter(({ name }) => name === asked)
  const chosen = named.length > 0 ? named : agents.filter(({ file }) => file !== undefined && isSameFile(asked, file))
  if (chosen.length > 0) return chosen
  const known = [...new Set(agents.map(({ name }) => name))].join(', ')
  return complain(`no running process has an agent "${asked}"; there are: ${known}`, EXIT.refused)
}

/** Sends a request to a process; reports a failure on standard error. */
export async function ask<Body>(
  running: RunRecord,
  request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object },
): Promise<Answered<Body> | null> {
  const answer = await sendControlRequest(running, request)
  if (typeof answer === 'string') {
    complain(answer, EXIT.notReady)
    return null
  }
  return { running, status: answer.status, body: answer.body as Body }
}
