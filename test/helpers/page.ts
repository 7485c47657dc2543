import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { ClientMessage, Piece, ServerMessage } from '../../src/page/protocol.ts'
import { PROTOCOL, readPiece } from '../../src/page/protocol.ts'
import { type Cli, type CliOptions, runner } from './cli.ts'

/** The example agent, by the name that it has in the checkout. */
export const AGENT = 'agents/support.yaml'
/** How long an expected message may take on a loaded machine, in ms. */
const TIMEOUT_MS = 60_000

/** A command that serves the page. */
export interface ServedPage {
  readonly cli: Cli
  readonly url: string
  /** Where the channel is. */
  readonly channel: string
}

/** Starts the command with a page, on a free port, and no conversation of its own. */
export async function servePage(args: readonly string[] = [], options: CliOptions = {}): Promise<ServedPage> {
  const cli = runner(['start', AGENT, '--page', '--no-main', '--port', '0', ...args], options)
  const line = await cli.shows(/in a browser: http:\/\/[^\s/]+/)
  const url = line.slice(line.indexOf('http'))
  return { cli, url, channel: `${url.replace('http', 'ws')}/channel` }
}

/** Takes the agent's greeting away: the first that it says is its first answer. */
export function withoutGreeting(project: string): string {
  const file = join(project, AGENT)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^greeting:.*\n/m, ''))
  return project
}

type Reported = Extract<ServerMessage, { type: 'report' }>['report']

/** A client of the page channel without the page: a bare WebSocket, and what it received. */
export interface BarePage {
  readonly socket: WebSocket
  readonly messages: readonly ServerMessage[]
  readonly pieces: readonly Piece[]
  say(message: ClientMessage): void
  /** Resolves with the first message of a type, past or future. */
  message<Type extends ServerMessage['type']>(type: Type): Promise<Extract<ServerMessage, { type: Type }>>
  report(type: string, fits?: (report: Reported) => boolean): Promise<Reported>
  /** Resolves once this is true; it is checked after each message and each piece. */
  until(what: string, isSo: () => boolean): Promise<void>
  /** Close code and reason. */
  readonly closed: Promise<readonly [number, string]>
}

/** Connects, and sends nothing yet. */
export function barePage(channel: string, headers: { readonly [name: string]: string } = {}): BarePage {
  const socket = new WebSocket(channel, { headers })
  const messages: ServerMessage[] = []
  const pieces: Piece[] = []
  const waiting = new Set<() => void>()
  socket.on('error', () => {})
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) messages.push(JSON.parse(data.toString()) as ServerMessage)
    else {
      const piece = readPiece(Uint8Array.from(data).buffer)
      if (piece !== null) pieces.push(piece)
    }
    for (const check of waiting) check()
  })

  function until(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((found, failed) => {
      const limit = setTimeout(
        () => failed(new Error(`never came: ${what}; what came:\n${JSON.stringify(messages, null, 1).slice(-4_000)}`)),
        TIMEOUT_MS,
      )
      const check = () => {
        if (!isSo()) return
        clearTimeout(limit)
        waiting.delete(check)
        found()
      }
      waiting.add(check)
      check()
    })
  }

  return {
    socket,
    messages,
    pieces,
    until,
    say: (message) => socket.send(JSON.stringify(message)),
    async message(type) {
      const find = () => messages.find((message) => message.type === type)
      await until(type, () => find() !== undefined)
      return find() as never
    },
    async report(type, fits = () => true) {
      const find = () =>
        messages.find((message) => message.type === 'report' && message.report.type === type && fits(message.report))
      await until(`report ${type}`, () => find() !== undefined)
      return (find() as Extract<ServerMessage, { type: 'report' }>).report
    },
    closed: new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve([code, String(reason)]))
    }),
  }
}

/** A page in a conversation that is ready for sound. */
export async function talkingPage(channel: string, hello: object = {}): Promise<BarePage> {
  const page = barePage(channel)
  await once(page.socket, 'open')
  page.say({ type: 'hello', protocol: PROTOCOL, ...hello })
  await page.message('welcome')
  page.say({ type: 'open' })
  await page.message('sound')
  return page
}
