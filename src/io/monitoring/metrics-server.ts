import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface MetricsServer {
  /** The address of the metrics. */
  readonly url: string
  close(): Promise<void>
}

interface MetricsServerOptions {
  readonly port: number
  readonly host: string
  readonly read: () => Promise<{ readonly type: string; readonly body: string }>
}

/** How long a request may take to arrive, in ms, and how often late ones are closed; as the page's server does. */
const REQUEST_MS = 10_000
const CHECK_EVERY_MS = 1_000
/** Connections at a time: enough for a few scrapers. More would take descriptors that conversations and tools need. */
const CONNECTIONS_MAX = 100

/** Serves `/metrics`, and nothing else. A string says why it cannot. */
export async function openMetricsServer({ port, host, read }: MetricsServerOptions): Promise<MetricsServer | string> {
  const limits = {
    requestTimeout: REQUEST_MS,
    headersTimeout: REQUEST_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
  } as const
  const server = createServer(limits, (request, response) => void answer(request, response, read))
  server.maxConnections = CONNECTIONS_MAX
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return `port ${port} is taken by another program`
    if (code === 'EACCES') return `port ${port} may not be opened; take one above 1023`
    return message
  }
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/metrics`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers a request. Metrics that cannot be read are a 500, and never end the process. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  read: MetricsServerOptions['read'],
): Promise<void> {
  const path = request.url?.split('?')[0]
  if (path !== '/metrics') return void response.writeHead(404).end('here is /metrics and nothing else\n')
  if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end()
  try {
    const { type, body } = await read()
    response.writeHead(200, { 'content-type': type }).end(body)
  } catch (error) {
    response.writeHead(500).end(`the figures cannot be read: ${error instanceof Error ? error.message : error}\n`)
  }
}
