import { askRunning, findRunning } from '../io/control/control-client.ts'
import type { RunRecord } from '../io/control/run-records.ts'
import { complain } from './complain.ts'
import { EXIT } from './exit-code.ts'

/** What one process answered. */
interface Answered<Body> {
  readonly running: RunRecord
  readonly status: number
  readonly body: Body
}

/** The processes that hold an agent, or all of them where none is named; a number is the exit code of a complaint. */
export function runningWith(agent: string | null): readonly RunRecord[] | number {
  const all = findRunning(process.cwd(), process.env)
  if (all.length === 0) {
    return complain('no runner runs in this project: begin one with "runner start"', EXIT.notReady)
  }
  const chosen = agent === null ? all : all.filter(({ agents }) => agents.includes(agent))
  if (chosen.length > 0) return chosen
  const known = [...new Set(all.flatMap(({ agents }) => agents))].join(', ')
  return complain(`no running process has an agent "${agent}"; there are: ${known}`, EXIT.refused)
}

/** Asks a process; what it cannot answer is told on standard error. */
export async function ask<Body>(
  running: RunRecord,
  request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object },
): Promise<Answered<Body> | null> {
  const answer = await askRunning(running, request)
  if (typeof answer === 'string') {
    complain(answer, EXIT.notReady)
    return null
  }
  return { running, status: answer.status, body: answer.body as Body }
}
