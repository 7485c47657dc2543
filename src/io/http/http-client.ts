import { type LookupAddress, lookup as resolveName } from 'node:dns'
import { Agent, type IncomingMessage, request as startRequest } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import type { HttpRequest } from '../../agent/requests/http-request.ts'
import { OUTPUT_BYTES_MAX } from '../tools/tool-contract.ts'
import { connectionFailure, NoAnswer } from './no-answer.ts'
import { isPrivateAddress } from './private-address.ts'

/** The most redirects a request follows. */
const REDIRECTS_MAX = 3
/** Connections to one host at once: one for each conversation of a process, so that no caller waits for another's answer. */
const SOCKETS_MAX = 1_000
/** How many of them stay open while idle, and for how long, in ms. */
const IDLE_SOCKETS_MAX = 16
const IDLE_MS = 10_000

/** Methods whose request may have taken effect without an answer: sending it again would do it twice (RFC 9110, 9.2.2). */
const NON_IDEMPOTENT = ['POST', 'PATCH']

/** A server's answer. */
export interface HttpAnswer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
  /** The address the answer came from. */
  readonly address: string
}

export interface HttpClient {
  /** Makes a request and follows redirects within its origin. Rejects with `NoAnswer`, or with the signal's reason. */
  request(request: HttpRequest, options: ExchangeOptions): Promise<HttpAnswer>
  /** Makes one request; resolves with the answer while its body is still coming. */
  open(request: ExchangeRequest, options: ExchangeOptions): Promise<IncomingMessage>
  close(): void
}

type ExchangeRequest = Omit<HttpRequest, 'method'> & { readonly method: string }

interface ExchangeOptions {
  /** Hosts that may have private addresses. */
  readonly allowPrivate: readonly string[]
  readonly signal: AbortSignal
}

/** Makes requests over connections that are reused. Those of hosts that may be private are separate. */
export function createHttpClient(): HttpClient {
  const pools = { public: createPool(guardedLookup), private: createPool(undefined) }

  return {
    async request(request, options) {
      let current = request
      for (let redirects = 0; ; redirects += 1) {
        const response = await send(current, options)
        const next = redirectOf(current, response)
        if (next === null) return readAnswer(response)
        response.destroy()
        if (redirects === REDIRECTS_MAX) throw new NoAnswer('redirected', `more than ${REDIRECTS_MAX} redirects`)
        current = next
      }
    },
    open: (request, options) => send(request, options),
    close() {
      for (const { plain, secure } of Object.values(pools)) for (const agent of [plain, secure]) agent.destroy()
    },
  }

  /**
   * Sends a request. A reused connection may just have been closed by the server: the request is then sent once more, if repeating it is
   * safe.
   */
  async function send(request: ExchangeRequest, options: ExchangeOptions, isRetry = false): Promise<IncomingMessage> {
    const url = new URL(request.url)
    const host = url.hostname.replace(/\.$/, '')
    const mayBePrivate = options.allowPrivate.some((name) => name.toLowerCase() === host.replace(/^\[(.*)\]$/, '$1'))
    if (!mayBePrivate && isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0 && isPrivateAddress(host)) {
      throw new NoAnswer('private', `${host} is a private address, which the tool does not allow by name`)
    }
    const pool = mayBePrivate ? pools.private : pools.public
    const { method, body } = request
    const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const headers = { accept: 'application/json, text/*;q=0.9, */*;q=0.1', ...request.headers, ...length }
    const answered = Promise.withResolvers<IncomingMessage>()
    const outgoing = startRequest(url, {
      method,
      signal: options.signal,
      agent: url.protocol === 'https:' ? pool.secure : pool.plain,
      headers: { ...headers, 'accept-encoding': 'identity' },
    })
    outgoing.once('socket', ignoreErrors)
    outgoing.once('response', answered.resolve)
    outgoing.once('upgrade', (_response, socket) => {
      socket.destroy()
      answered.reject(new NoAnswer('encoded', 'it changes to another protocol (HTTP 101), which was not asked for'))
    })
    outgoing.on('error', answered.reject)
    outgoing.end(body ?? undefined)
    try {
      return await answered.promise
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const mayBeStale = outgoing.reusedSocket && code === 'ECONNRESET' && !isRetry
      if (mayBeStale && !NON_IDEMPOTENT.includes(method)) return send(request, options, true)
      if (error instanceof NoAnswer || options.signal.aborted) throw error
      throw connectionFailure(error as Error, url)
    }
  }
}

/** Connections that have our error listener. */
const guardedSockets = new WeakSet<Socket>()

/**
 * Keeps an error listener on a connection. Node removes its own as soon as an answer is complete, even if the request is being given up at
 * that moment: the error would go unhandled and end the process.
 */
function ignoreErrors(socket: Socket): void {
  if (guardedSockets.has(socket)) return
  guardedSockets.add(socket)
  socket.on('error', () => {})
}

function createPool(lookup: LookupFunction | undefined): { readonly plain: Agent; readonly secure: SecureAgent } {
  const options = {
    keepAlive: true,
    maxSockets: SOCKETS_MAX,
    maxFreeSockets: IDLE_SOCKETS_MAX,
    timeout: IDLE_MS,
    ...(lookup === undefined ? {} : { lookup }),
  }
  return { plain: new Agent(options), secure: new SecureAgent(options) }
}

/** Connects only to addresses that were checked: a name that leads to a private one is refused, however it is spelled. */
const guardedLookup: LookupFunction = (hostname, options, done) => {
  resolveName(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return done(error, '', 0)
    const addresses = found as readonly LookupAddress[]
    const privateOne = addresses.find(({ address }) => isPrivateAddress(address))
    if (privateOne !== undefined) {
      const text = `${hostname} has the private address ${privateOne.address}, which the tool does not allow by name`
      return done(new NoAnswer('private', text), '', 0)
    }
    if (options.all === true) return done(null, [...addresses])
    const [first] = addresses
    return done(null, first?.address ?? '', first?.family ?? 0)
  })
}

/**
 * The request that a redirect asks for; null if the answer is none. A redirect to another origin is refused. As in browsers, a POST
 * continues as a GET; other methods do so only after a 303, since otherwise what they were to change would be read, and the answer taken
 * for success.
 */
function redirectOf(request: HttpRequest, { statusCode = 0, headers }: IncomingMessage): HttpRequest | null {
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return null
  const from = new URL(request.url)
  const to = URL.canParse(headers.location, from.href) ? new URL(headers.location, from) : null
  if (to === null || to.origin !== from.origin) {
    throw new NoAnswer('redirected', `it redirects from ${from.origin} to ${to?.origin ?? 'no address'}`)
  }
  const becomesGet = statusCode === 303 || (statusCode < 307 && request.method === 'POST')
  if (!becomesGet || request.method === 'GET') return { ...request, url: to.href }
  const { 'content-type': _type, ...keptHeaders } = request.headers
  return { method: 'GET', url: to.href, headers: keptHeaders, body: null }
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const encoding = response.headers['content-encoding']?.trim() ?? ''
  if (!/^(identity)?$/i.test(encoding)) {
    response.destroy()
    throw new NoAnswer('encoded', `it answers in ${encoding}, which was not asked for`)
  }
  const address = response.socket.remoteAddress ?? ''
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > OUTPUT_BYTES_MAX) throw new NoAnswer('too large', `more than ${OUTPUT_BYTES_MAX} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof NoAnswer || (error as Error).name === 'AbortError') throw error
    throw new NoAnswer('unreachable', `the answer broke off: ${String(error)}`)
  }
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks),
    address,
    type: response.headers['content-type'] ?? '',
  }
}
