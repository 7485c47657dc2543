import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Agent } from '../../agent/agent.ts'
import { isLoopback } from '../../agent/requests/address.ts'
import { PAGE_TOKEN } from '../../agent/runner-secrets.ts'
import { readPageFiles } from '../../channels/page/files.ts'
import { openPageServer, type Route } from '../../channels/page/server.ts'
import type { FrameRenderer } from '../printing/frames.ts'
import type { Front } from './front.ts'
import { createPagesFront, type PagesFront } from './front-pages.ts'

/** The flags that decide whether and where the page is served. */
export interface PageFlags {
  readonly page?: boolean
  readonly host?: string
  readonly port?: number
  readonly token?: string
}

interface OpenPagesOptions {
  readonly flags: PageFlags
  readonly env: NodeJS.ProcessEnv
  readonly agents: readonly Agent[]
  readonly version: string
  readonly frames: FrameRenderer
  readonly notify: Front['notify']
  /** Further routes served beside the page, by path. */
  readonly routes?: { readonly [path: string]: Route }
}

/** A page being served. */
interface ServedPages {
  readonly front: PagesFront
  /** The page's address, in one line. */
  readonly headline: string
}

const HOST = '127.0.0.1'
const PORT = 7_070
/** Rules out tokens that a hundred thousand guesses would find. */
const TOKEN_CHARACTERS_MIN = 12

/** What is wrong with the page's flags or its token, or null. */
export function pageFlagsFault(flags: PageFlags, isServed: boolean, env: NodeJS.ProcessEnv): string | null {
  const { page, host, token, port } = flags
  const givenFlags = Object.entries({ host, port, token }).flatMap(([name, value]) =>
    value === undefined ? [] : `--${name}`,
  )
  if (!isServed) {
    const names = givenFlags.join(', ')
    if (names === '') return null
    if (page === false) return `--no-page leaves nothing that ${names} could be for`
    return `no page is served here, and nothing is there that ${names} could be for: add --page`
  }
  if (host?.trim() === '') return `--host is empty: an address is wanted, such as ${HOST}`
  const wanted = givenToken(flags, env)
  if (wanted !== null && wanted.token.length < TOKEN_CHARACTERS_MIN)
    return `${wanted.by}: at least ${TOKEN_CHARACTERS_MIN} characters are wanted`
  if (host !== undefined && !isLoopback(host) && wanted === null)
    return (
      `--host ${host} lets others than this machine in, who could talk at your cost: ` +
      `set ${PAGE_TOKEN} to a secret, which they must know, or add --token <secret>`
    )
  return null
}

/** The token and what gave it, or null. A variable, unlike a flag, is hidden from other users of the machine. */
function givenToken({ token }: PageFlags, env: NodeJS.ProcessEnv): { token: string; by: string } | null {
  if (token !== undefined) return { token, by: '--token' }
  const fromEnvironment = env[PAGE_TOKEN]?.trim() ?? ''
  return fromEnvironment === '' ? null : { token: fromEnvironment, by: PAGE_TOKEN }
}

/** Serves the page while the front is open; a string says why it cannot. */
export async function openPages(options: OpenPagesOptions): Promise<ServedPages | string> {
  const { flags, env, agents, version, frames, notify, routes } = options
  const { host = HOST, port = PORT } = flags
  const token = givenToken(flags, env)?.token ?? null
  const files = readPageFiles(join(packageFolder(), 'dist', 'page'))
  if (files === null) return 'the page is not built: run "npm run build" in the folder of runner'
  const front = createPagesFront({ agents, version, frames, notify, closeServer: () => closeServer() })
  const server = await openPageServer({
    host,
    port,
    token,
    files,
    onLink: front.welcome,
    ...(routes === undefined ? {} : { routes }),
  })
  if (typeof server === 'string') return server
  const closeServer = server.close
  return { front, headline: headline({ host, port: server.port, wanted: port, token }) }
}

/** The folder of this package, whichever of its files this code is bundled into. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}

function headline(at: { host: string; port: number; wanted: number; token: string | null }): string {
  const name = at.host === '0.0.0.0' || at.host === '::' ? '<this machine>' : at.host
  const shown = name.includes(':') ? `[${name}]` : name
  const address = `http://${shown}:${at.port}${at.token === null ? '' : '/#token=<your token>'}`
  const moved = at.wanted !== 0 && at.port !== at.wanted ? ` (port ${at.wanted} is taken)` : ''
  return `talk and listen in a browser: ${address}${moved}`
}
