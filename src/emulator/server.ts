import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { openConnection } from './connection.ts'
import { createFaultState, type FaultState, type Faults } from './faults.ts'
import { chooseProtocol, type Refusal, refusal, refuseHandshake, SESSION_PATH } from './handshake.ts'
import type { OutgoingEvent } from './outgoing-event.ts'
import { createVoice } from './voice.ts'

/** How the emulator should behave. */
export interface EmulatorOptions {
  /** Any free port if 0 or absent. */
  readonly port?: number
  /** Transcripts of spoken turns, one per turn; every connection begins with the first. */
  readonly captions?: readonly string[]
  /** espeak-ng by default, if it is installed. */
  readonly voice?: 'espeak' | 'hum'
  /** Accepts any model, voice and path, for foreign clients. */
  readonly acceptAnyModel?: boolean
  /** Sessions end this many seconds after they were opened; by default each update gives them 15 minutes. */
  readonly expiresAfterS?: number
  /** Sends sound as fast as it is made (`burst`, the default), or at the pace of speech. */
  readonly pace?: 'realtime' | 'burst'
  readonly faults?: Faults
  /** Gets every text frame, in both directions. */
  readonly onFrame?: (direction: 'in' | 'out', frame: string) => void
  readonly log?: (message: string, fields: Record<string, unknown>) => void
}

/** A running emulator. */
export interface Emulator {
  /** Address of the session endpoint, without `key` and `protocol`. */
  readonly url: string
  readonly port: number
  /** The open connections, oldest first. */
  readonly connections: readonly EmulatorConnection[]
  /** Replaces the faults in force, with counters at zero. */
  setFaults(faults: Faults): void
  /** Ends every connection and stops listening. */
  close(): Promise<void>
}

/** Controls one open connection. */
interface EmulatorConnection {
  /** Closes with a code; 1006 drops the socket without a closing handshake. */
  close(code: number, reason?: string): void
  /** Sends a frame unchanged, well-formed or not. */
  sendRaw(frame: string): void
  sendEvent(event: OutgoingEvent): void
}

/** Starts the service's local stand-in on 127.0.0.1; rejects if the port is taken. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const faults = createFaultState(options.faults ?? {})
  const log = options.log ?? (() => {})
  const acceptAnyModel = options.acceptAnyModel ?? false
  const open = new Set<EmulatorConnection>()
  let lastId = 0
  const context = {
    faults,
    speak: createVoice(options.voice ?? 'espeak', log),
    pace: options.pace ?? 'burst',
    captions: options.captions ?? [],
    acceptAnyModel,
    expiresAfterS: options.expiresAfterS ?? null,
    nextId: (prefix: string) => {
      lastId += 1
      return `${prefix}_${lastId}`
    },
    log,
  }

  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
    handleProtocols: chooseProtocol,
  })
  const server = createServer((_, response) => {
    response.writeHead(426, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(`This is the emulator of runner: open a WebSocket at ${SESSION_PATH}.\n`)
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const rejection = refuseUpgrade(request, { faults, acceptAnyModel, openCount: open.size })
    if (rejection === null) sockets.handleUpgrade(request, socket, head, accept)
    else answer(socket, rejection)
  })
  await listen(server, options.port ?? 0)
  const { port } = server.address() as AddressInfo

  return {
    url: `ws://127.0.0.1:${port}${SESSION_PATH}`,
    port,
    get connections() {
      return [...open]
    },
    setFaults: faults.set,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const connection of open) connection.close(1001, 'the emulator stops')
        setTimeout(() => {
          for (const socket of sockets.clients) socket.terminate()
          server.closeAllConnections()
        }, CLOSE_MS).unref()
        server.closeIdleConnections()
      }),
  }

  function accept(socket: WebSocket): void {
    log('connection opened', {})
    const wire = wireOf(socket, options.onFrame)
    const connection = openConnection(wire, context)
    const control: EmulatorConnection = { close: wire.cut, sendRaw: wire.send, sendEvent: connection.send }
    open.add(control)
    socket.on('message', (data, isBinary) => {
      if (isBinary) return
      const frame = data.toString()
      options.onFrame?.('in', frame)
      connection.receive(frame)
    })
    socket.on('error', (error) => log('socket failed', { message: error.message }))
    socket.on('close', (code) => {
      open.delete(control)
      connection.close()
      log('connection closed', { code })
    })
  }
}

/** The largest frame accepted, in bytes: OpenAI's limit for one append is 15 MiB. */
const FRAME_BYTES_MAX = 16 * 1_024 * 1_024
/** How long clients may take to answer a close, in ms. */
const CLOSE_MS = 500
/** The most connections at a time. */
const CONNECTIONS_MAX = 1_000

function wireOf(socket: WebSocket, onFrame: EmulatorOptions['onFrame']) {
  return {
    get isOpen() {
      return socket.readyState === socket.OPEN
    },
    get unsentBytes() {
      return socket.bufferedAmount
    },
    send(frame: string): void {
      if (socket.readyState !== socket.OPEN) return
      onFrame?.('out', frame)
      socket.send(frame)
    },
    /** Closes the connection. For 1006 no close frame is sent: that is what a client sees when the line breaks. */
    cut(code: number, reason?: string): void {
      if (code === 1006) socket.terminate()
      else socket.close(code, reason)
    },
  }
}

interface UpgradeContext {
  readonly faults: FaultState
  readonly acceptAnyModel: boolean
  /** Connections that are open. */
  readonly openCount: number
}

function refuseUpgrade(
  request: IncomingMessage,
  { faults, acceptAnyModel, openCount }: UpgradeContext,
): Refusal | null {
  const { refuseUpgrade: fault } = faults.current
  if (fault !== undefined && faults.consume('refuseUpgrade')) {
    const { status, body, retryAfterS } = fault
    const defaultBody = refusal(status, 0, STATUS_CODES[status] ?? 'refused on order').body
    return { status, body: body ?? defaultBody, ...(retryAfterS === undefined ? {} : { retryAfterS }) }
  }
  if (openCount >= CONNECTIONS_MAX) return { ...refusal(429, 8, 'too many sessions'), retryAfterS: 1 }
  return refuseHandshake(request, acceptAnyModel)
}

function answer(socket: Duplex, { status, body, retryAfterS }: Refusal): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    ...(retryAfterS === undefined ? [] : [`retry-after: ${retryAfterS}`]),
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
