import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { CHANNEL_PATH, CLOSE } from '../../page/protocol.ts'
import { type PageFile, pageHeaders } from './files.ts'
import { createGuard, isSame, type Turned } from './guard.ts'
import { FRAME_BYTES_MAX, type Hello, type LinkOptions, openLink, type PageLink } from './link.ts'

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
  readonly pingMs?: LinkOptions['pingMs']
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
const REQUEST_MS = 10_000
const LOOK_EVERY_MS = 1_000
/** How long pages may take to answer a close, in ms. */
const CLOSE_MS = 500
/** Larger frames are not even read to the end; from `FRAME_BYTES_MAX` on, they are refused with a message. */
const PAYLOAD_MAX = FRAME_BYTES_MAX * 4

/** Serves the page and its channel; a string says why it cannot. */
export async function openPageServer(options: PageServerOptions): Promise<PageServer | string> {
  const { token, files, routes = {}, onLink } = options
  const guard = createGuard(token)
  const pings = options.pingMs === undefined ? {} : { pingMs: options.pingMs }
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: PAYLOAD_MAX })
  const limits = {
    requestTimeout: REQUEST_MS,
    headersTimeout: REQUEST_MS,
    connectionsCheckingInterval: LOOK_EVERY_MS,
  } as const
  const server = createServer(limits, (request, response) => {
    void answer(request, response)
  })
  server.maxConnections = CONNECTIONS_MAX * 2
  server.on('upgrade', (request, duplex, head) => {
    const socket = duplex as Socket
    socket.on('error', () => socket.destroy())
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return stayWithHttp(request, socket)
    const turned = refuseUpgrade(request)
    if (turned !== null) return turnAway(socket, turned)
    sockets.handleUpgrade(request, socket, head, (opened) => openLink(opened, { token, onReady: onLink, ...pings }))
  })
  const listening = await listen(server, options.host, options.port)
  if (typeof listening === 'string') return listening

  return {
    port: listening,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets.clients) socket.close(1001, 'the runner stops')
      const late = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate()
        server.closeAllConnections()
      }, CLOSE_MS)
      server.closeIdleConnections()
      await closed
      clearTimeout(late)
    },
  }

  function refuseUpgrade(request: IncomingMessage): Turned | null {
    const turned = guard(request.headers)
    if (turned !== null) return turned
    if (pathOf(request) !== CHANNEL_PATH) return { status: 404, message: `the channel is at ${CHANNEL_PATH}` }
    if (sockets.clients.size >= CONNECTIONS_MAX)
      return { status: 503, message: `there are ${CONNECTIONS_MAX} connections already (${CLOSE.full})` }
    return null
  }

  /** Some clients offer HTTP/2 with every request (`Upgrade: h2c`), and do well without. */
  function stayWithHttp(request: IncomingMessage, socket: Socket): void {
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.on('finish', () => socket.destroySoon())
    void answer(request, response)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const turned = guard(request.headers)
    if (turned !== null) return refuse(response, turned)
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
    const isZipped = takesGzip(String(headers['accept-encoding']))
    const { bytes, etag } = isZipped ? file.zipped() : file.plain
    response.setHeader('etag', etag)
    response.setHeader('cache-control', 'no-cache')
    response.setHeader('vary', 'accept-encoding')
    if (isZipped) response.setHeader('content-encoding', 'gzip')
    if (hasAlready(headers['if-none-match'], etag)) response.writeHead(304).end()
    else send(method, response, file.type, bytes)
  }

  /** Answers a route, which needs the token if there is one. */
  async function answerRoute(request: IncomingMessage, response: ServerResponse, route: Route): Promise<void> {
    if (token !== null && !isSame(request.headers.authorization ?? '', `Bearer ${token}`))
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
function takesGzip(accepted: string): boolean {
  const quality = /(?:^|,)\s*gzip\s*(?:;\s*q=([\d.]+)\s*)?(?=,|$)/i.exec(accepted)
  return quality !== null && Number(quality[1] ?? 1) > 0
}

/** A proxy that compresses files itself marks their etags as weak. */
function hasAlready(known = '', etag: string): boolean {
  return known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}

function send(method: string | undefined, response: ServerResponse, type: string, bytes: Buffer): void {
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.byteLength })
  response.end(method === 'HEAD' ? undefined : bytes)
}

function refuse(response: ServerResponse, { status, message }: Turned): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${message}\n`)
}

/** Refuses an upgrade. The server no longer tracks the socket, so one that the client leaves open would keep the server from closing. */
function turnAway(socket: Socket, { status, message }: Turned): void {
  const head = [`HTTP/1.1 ${status} Refused`, 'content-type: text/plain; charset=utf-8', 'connection: close']
  socket.write(`${head.join('\r\n')}\r\n\r\n${message}\n`)
  socket.destroySoon()
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0] ?? '/'
}

/** Listens on the first free port from `first` on. */
async function listen(server: Server, host: string, first: number): Promise<number | string> {
  const last = first === 0 ? 0 : Math.min(65_535, first + PORTS_MAX - 1)
  for (let port = first; port <= last; port += 1) {
    const fault = await tryPort(server, host, port)
    if (fault === null) return (server.address() as AddressInfo).port
    if (fault.code !== 'EADDRINUSE' && fault.code !== 'EACCES')
      return `the page cannot be served at ${host}: ${fault.message}`
  }
  return `the page cannot be served: the ports ${first} to ${last} are taken; name another with --port`
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
