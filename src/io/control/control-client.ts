import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { isOwn, nearestStateFolder } from '../kept/state-folder.ts'
import { isSameAlive } from '../processes/processes.ts'
import type { ControlAnswer, RunRecord } from './control-server.ts'

/** The processes that are named in the nearest state folder upward, oldest first. What a process that is gone has left is removed. */
export function findRunning(cwd: string, env: NodeJS.ProcessEnv): readonly RunRecord[] {
  const state = nearestStateFolder(cwd, env, (folder) => isFolder(join(folder, 'run')))
  if (state === null) return []
  const folder = join(state, 'run')
  const records = readdirSync(folder).flatMap((name) => {
    const record = readRecord(join(folder, name))
    if (record !== null && isSameAlive(record.pid, record.start)) return [record]
    rmSync(join(folder, name), { force: true })
    if (record !== null && isSocketOfOurs(record.socket)) rmSync(record.socket, { force: true })
    return []
  })
  return records.sort((one, other) => one.since - other.since)
}

function isFolder(path: string): boolean {
  return isOwn(path) && (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)
}

/** What a file says is not enough to remove something by. */
function isSocketOfOurs(path: string): boolean {
  return isOwn(path) && (lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false)
}

function readRecord(path: string): RunRecord | null {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<RunRecord> | null
    return typeof value?.pid === 'number' &&
      typeof value.socket === 'string' &&
      Array.isArray(value.agents) &&
      typeof value.since === 'number'
      ? { ...(value as RunRecord), start: value.start ?? 0 }
      : null
  } catch {
    return null
  }
}

/** How long a process may take to answer, in ms: longer than it waits for its conversations. */
const ANSWER_MS = 30_000

/** Asks one process. A string says why there is no answer. */
export function askRunning(
  { socket, pid }: RunRecord,
  {
    method,
    path,
    body = null,
  }: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object | null },
): Promise<ControlAnswer | string> {
  return new Promise((answered) => {
    const asked = request({ socketPath: socket, method, path, timeout: ANSWER_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => answered(read(response.statusCode ?? 0, text) ?? `process ${pid} answered no JSON`))
      response.on('close', () => answered(`process ${pid} ended before it had answered`))
    })
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)))
    asked.on('error', (error) => answered(`process ${pid} does not answer: ${error.message}`))
    asked.end(body === null ? undefined : JSON.stringify(body))
  })
}

function read(status: number, text: string): ControlAnswer | null {
  try {
    return { status, body: JSON.parse(text) as object }
  } catch {
    return null
  }
}
