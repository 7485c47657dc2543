import { request } from 'node:http'
import { isStopped } from '../processes/processes.ts'
import { nearestStateFolder } from '../storage/state-folder.ts'
import type { ControlAnswer } from './control-server.ts'
import { hasRecords, liveRecords, type RunRecord } from './run-records.ts'

/** The processes named in the nearest state folder upward, oldest first. Removes what dead processes left. */
export function findRunningProcesses(cwd: string, env: NodeJS.ProcessEnv): readonly RunRecord[] {
  const state = nearestStateFolder(cwd, env, hasRecords)
  return state === null ? [] : liveRecords(state).toSorted((one, other) => one.since - other.since)
}

/** How long a process may take to answer, in ms: longer than it waits for its conversations. */
const ANSWER_MS = 30_000

/** Sends a request to a process. A string says why there is no answer. */
export function sendControlRequest(
  { socket, pid }: RunRecord,
  {
    method,
    path,
    body = null,
  }: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object | null },
): Promise<ControlAnswer | string> {
  if (isStopped(pid)) {
    return Promise.resolve(
      `process ${pid} was stopped, as by Ctrl-Z: fg or kill -CONT ${pid} lets it go on, and answer`,
    )
  }
  const ended = `process ${pid} ended before it had answered`
  return new Promise((resolve) => {
    const outgoing = request({ socketPath: socket, method, path, timeout: ANSWER_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve(parseAnswer(response.statusCode ?? 0, text) ?? `process ${pid} answered no JSON`),
      )
      response.on('close', () => resolve(ended))
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)))
    outgoing.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNRESET' ? ended : `process ${pid} does not answer: ${message}`),
    )
    outgoing.end(body === null ? undefined : JSON.stringify(body))
  })
}

function parseAnswer(status: number, text: string): ControlAnswer | null {
  try {
    return { status, body: JSON.parse(text) as object }
  } catch {
    return null
  }
}
