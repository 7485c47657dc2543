import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { CHANNEL_PATH, CLOSE } from '../../page/protocol.ts'
import { type PageFile, pageHeaders } from './files.ts'
import { createGuard, isSameSecret, type Rejection } from './guard.ts'
import { FRAME_BYTES_MAX, type Hello, openLink, type PageLink } from './link.ts'

/** Answers a GET for something besides the page, such as `/metrics`. */
export type Route = () => Promise<{ readonly type: string; readonly body: string }>

interface PageServerOptions {
  readonly host: string
  /** The first port to try; any free one if 0. */
  readonly port: number
  /** The token clients must send; null if only this machine can connect. */
  readonly token: string | null
  readonly files: ReadonlyMap<string, PageFile>
  /** Further routes, by path. */
  readonly routes?: { readonly [path: string]: Route }
  readonly pingMs?: number
  /** Called when a page has said hello. */
  readonly onLink: (link: PageLink, hello: Hello) => void
}

interface PageServer {
  readonly port: number
  close(): Promise<void>
}

/** The most connections at a time, those without a hello included. */
const CONNECTIONS_MAX = 500
/** How many ports are tried, one after another, if the first is taken. */
const PORTS_MAX = 20
/** How long a request may take to arrive, in ms, and how often late ones are looked for. */
const REQUEST_TIMEOUT_MS = 10_000
const CHECK_EVERY_MS = 1_000
/** How long pages may take to answer a close, in ms. */
const CLOSE_TIMEOUT_MS = 500
/** Larger frames are not even read to the end; from `FRAME_BYTES_MAX` on, they are refused with a message. */
const PAYLOAD_MAX = FRAME_BYTES_MAX * 4

/** Serves the page and its channel; a string says why it cannot. */
export async function openPageServer(options: PageServerOptions): Promise<PageServer | string> {
  const { token, files, routes = {}, pingMs, onLink } = options
  const guard = createGuard(token)
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: PAYLOAD_MAX })
  const timeouts = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
  } as const
  const server = createServer(timeouts, (request, response) => {
    void answer(request, response)
  })
  server.maxConnections = CONNECTIONS_MAX * 2
  server.on('upgrade', (request, duplex, head) => {
    const socket = duplex as Socket
    socket.on('error', () => socket.destroy())
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return answerOverHttp(request, socket)
    const rejection = checkUpgrade(request)
    if (rejection !== null) return rejectUpgrade(socket, rejection)
    sockets.handleUpgrade(request, socket, head, (opened) => openLink(opened, { token, pingMs, onReady: onLink }))
  })
  const listening = await listen(server, options.host, options.port)
  if (typeof listening === 'string') return listening

  return {
    port: listening,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets.clients) socket.close(1001, 'the runner stops')
      const forceClose = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate()
        server.closeAllConnections()
      }, CLOSE_TIMEOUT_MS)
      server.closeIdleConnections()
      await closed
      clearTimeout(forceClose)
    },
  }

  function checkUpgrade(request: IncomingMessage): Rejection | null {
    const rejection = guard(request.headers)
    if (rejection !== null) return rejection
    if (pathOf(request) !== CHANNEL_PATH) return { status: 404, message: `the channel is at ${CHANNEL_PATH}` }
    if (sockets.clients.size >= CONNECTIONS_MAX)
      return { status: 503, message: `there are ${CONNECTIONS_MAX} connections already (${CLOSE.full})` }
    return null
  }

  /** Some clients offer HTTP/2 with every request (`Upgrade: h2c`), and do well without. */
  function answerOverHttp(request: IncomingMessage, socket: Socket): void {
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.on('finish', () => socket.destroySoon())
    void answer(request, response)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const rejection = guard(request.headers)
    if (rejection !== null) return refuse(response, rejection)
    for (const [name, value] of Object.entries(pageHeaders(request.headers.host ?? ''))) response.setHeader(name, value)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, { status: 405, message: 'only GET and HEAD are answered' })
    const path = pathOf(request)
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (route !== undefined) return answerRoute(request, response, route)
    const file = files.get(path)
    if (file === undefined) return refuse(response, { status: 404, message: 'there is nothing here' })
    sendFile(request, response, file)
  }

  function sendFile({ method, headers }: IncomingMessage, response: ServerResponse, file: PageFile): void {
    const isGzipped = acceptsGzip(String(headers['accept-encoding']))
    const { bytes, etag } = isGzipped ? file.gzipped() : file.plain
    response.setHeader('etag', etag)
    response.setHeader('cache-control', 'no-cache')
    response.setHeader('vary', 'accept-encoding')
    if (isGzipped) response.setHeader('content-encoding', 'gzip')
    if (matchesEtag(headers['if-none-match'], etag)) response.writeHead(304).end()
    else send(method, response, file.type, bytes)
  }

  /** Answers a route, which needs the token if there is one. */
  async function answerRoute(request: IncomingMessage, response: ServerResponse, route: Route): Promise<void> {
    if (token !== null && !isSameSecret(request.headers.authorization ?? '', `Bearer ${token}`))
      return refuse(response, { status: 401, message: 'send the token as "Authorization: Bearer <token>"' })
    try {
      const { type, body } = await route()
      send(request.method, response, type, Buffer.from(body))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      refuse(response, { status: 500, message: `what is here cannot be read: ${reason}` })
    }
  }
}

/** Whether `accept-encoding` names gzip with a quality above 0. */
function acceptsGzip(accepted: string): boolean {
  const quality = /(?:^|,)\s*gzip\s*(?:;\s*q=([\d.]+)\s*)?(?=,|$)/i.exec(accepted)
  return quality !== null && Number(quality[1] ?? 1) > 0
}

/** A proxy that compresses files itself marks their etags as weak. */
function matchesEtag(known = '', etag: string): boolean {
  return known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}

function send(method: string | undefined, response: ServerResponse, type: string, bytes: Buffer): void {
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.byteLength })
  response.end(method === 'HEAD' ? undefined : bytes)
}

function refuse(response: ServerResponse, { status, message }: Rejection): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${message}\n`)
}

/** Refuses an upgrade. The server no longer tracks the socket, so one that the client leaves open would keep the server from closing. */
function rejectUpgrade(socket: Socket, { status, message }: Rejection): void {
  const head = [`HTTP/1.1 ${status} Refused`, 'content-type: text/plain; charset=utf-8', 'connection: close']
  socket.write(`${head.join('\r\n')}\r\n\r\n${message}\n`)
  socket.destroySoon()
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0] ?? '/'
}

/** Listens on the first free port from `first` on. */
async function listen(server: Server, host: string, firstPort: number): Promise<number | string> {
  const lastPort = firstPort === 0 ? 0 : Math.min(65_535, firstPort + PORTS_MAX - 1)
  for (let port = firstPort; port <= lastPort; port += 1) {
    const error = await tryPort(server, host, port)
    if (error === null) return (server.address() as AddressInfo).port
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES')
      return `the page cannot be served at ${host}: ${error.message}`
  }
  return `the page cannot be served: the ports ${firstPort} to ${lastPort} are taken; name another with --port`
}

function tryPort(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', listening)
      resolve(error)
    }
    const listening = () => {
      server.off('error', failed)
      resolve(null)
    }
    server.once('error', failed)
    server.once('listening', listening)
    server.listen(port, host)
  })
}
