import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { pidNamespace, startTicksOf } from '../processes/processes.ts'
import { liveRecords, type RunRecord, writeRecord } from './run-records.ts'

/** A request on the control socket; the body is JSON, or null if there is none. */
export interface ControlRequest {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/** The answer to a command, as JSON. */
export interface ControlAnswer {
  /** An HTTP status. */
  readonly status: number
  readonly body: object
}

interface ControlServer {
  close(): Promise<void>
}

/** Bytes of a Unix socket's path, its end mark included: the smallest limit among systems (macOS, BSD). */
const SOCKET_PATH_BYTES_MAX = 104
/** How often the process checks that it can still be found, in ms. */
const RECORD_CHECK_MS = 2_000
/** The most bytes of a request's body. */
const BODY_BYTES_MAX = 65_536

/**
 * Listens on a Unix socket for commands of the same user, and names it in the given state folders, removing what dead processes left there.
 * A string says why it cannot.
 */
export async function openControlServer(options: {
  readonly env: NodeJS.ProcessEnv
  /** State folders that name the socket. */
  readonly folders: readonly string[]
  readonly agents: readonly string[]
  /** Each agent's file, absolute. */
  readonly files: readonly string[]
  readonly answer: (request: ControlRequest) => Promise<ControlAnswer>
}): Promise<ControlServer | string> {
  const server = createServer((request, response) => void respond(request, response, options.answer))
  const listening = await listenAtFirst(server, socketPaths(options.env))
  if ('fault' in listening) return listening.fault
  server.unref()
  const { socket } = listening
  const record: RunRecord = {
    pid: process.pid,
    namespace: pidNamespace(),
    start: startTicksOf(process.pid),
    socket,
    agents: options.agents,
    files: options.files,
    since: Date.now(),
  }
  const recordPaths = new Map<string, string>()
  const recordTimer = setInterval(() => {
    for (const [folder, name] of recordPaths) if (!existsSync(name)) restoreRecord(folder, record)
  }, RECORD_CHECK_MS).unref()
  const close = () => {
    clearInterval(recordTimer)
    for (const name of recordPaths.values()) rmSync(name, { force: true })
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  }
  try {
    for (const folder of options.folders) liveRecords(folder)
    for (const folder of options.folders) recordPaths.set(folder, writeRecord(folder, record))
    return { close }
  } catch (error) {
    await close()
    return `it cannot be named: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Names the process again if the folder was removed, as by `git clean`. A failure is left to the next try. */
function restoreRecord(folder: string, record: RunRecord): void {
  try {
    writeRecord(folder, record)
  } catch {
    return
  }
}

/** In the user's own folder if there is one, else in the temporary one; never where the path is too long. */
function socketPaths(env: NodeJS.ProcessEnv): readonly string[] {
  const name = `runner-${process.pid}-${Date.now().toString(36)}.sock`
  const folders = [env.XDG_RUNTIME_DIR ?? '', tmpdir(), '/tmp'].filter((folder) => folder !== '')
  const paths = [...new Set(folders.map((folder) => resolve(folder, name)))]
  return paths.filter((path) => Buffer.byteLength(path) < SOCKET_PATH_BYTES_MAX)
}

/** Listens at the first path that works: the folder the environment names may be gone, or somebody else's. */
async function listenAtFirst(
  server: Server,
  paths: readonly string[],
): Promise<{ readonly socket: string } | { readonly fault: string }> {
  let fault = `no folder for sockets has a path short enough (${SOCKET_PATH_BYTES_MAX} bytes at most)`
  for (const socket of paths) {
    const failure = await listen(server, socket)
    if (failure === null) return { socket }
    fault = failure
  }
  return { fault }
}

/** Only the owner can open the socket from the first moment, since the mask is set while it is made. If that fails, there is no socket. */
function listen(server: Server, socket: string): Promise<string | null> {
  return new Promise((resolve) => {
    const listening = () => {
      try {
        chmodSync(socket, 0o600)
        resolve(null)
      } catch (error) {
        server.close(() => resolve(error instanceof Error ? error.message : String(error)))
      }
    }
    server.once('listening', listening)
    server.once('error', (error) => {
      server.off('listening', listening)
      resolve(error.message)
    })
    const mask = process.umask(0o177)
    server.listen(socket)
    process.umask(mask)
  })
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<void> {
  const read = await readBody(request).catch((error: Error) => error)
  const { status, body } =
    read instanceof Error
      ? { status: 400, body: { message: read.message } }
      : await answer({ method: request.method ?? '', path: request.url ?? '', body: read }).catch((error: unknown) => ({
          status: 500,
          body: { message: error instanceof Error ? error.message : String(error) },
        }))
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > BODY_BYTES_MAX) throw new Error(`a body of at most ${BODY_BYTES_MAX} bytes is wanted`)
  }
  if (text === '') return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new Error('the body is no JSON')
  }
}
