import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Connection } from '../agent/agent.ts'
import type { Emulator } from '../emulator/server.ts'
import { type LoadedAgent, readAgent } from '../io/agent-file.ts'
import { createLog, type LogLevel } from '../io/log.ts'
import { type CallerFlags, callerFlagsFault } from '../runner/caller-flags.ts'
import { complain } from '../runner/complain.ts'
import { addressFault, chooseEndpoint, type Endpoint, type EndpointFlags } from '../runner/endpoint.ts'
import { createFrames, type Frames } from '../runner/frames.ts'
import { SURROUNDINGS_NOT_READY } from '../runner/front.ts'
import { openFront } from '../runner/open-front.ts'
import { openPages, type PageFlags, type PagesOpened, pageFlagsFault } from '../runner/open-pages.ts'
import { serve } from '../runner/serve.ts'
import { openSinks, type Sinks } from '../runner/sinks.ts'
import { VERSION } from '../runner/version.ts'

export interface StartOptions extends EndpointFlags, PageFlags, CallerFlags {
  readonly audioOut?: string
  readonly journal?: string
  readonly metricsPort?: number
  readonly metricsHost: string
  /** How long a save must stay the same before it is taken, in ms. */
  readonly settle?: number
  readonly logLevel?: LogLevel
}

/** What is started when no file is named. */
const DEFAULT_FILE = 'agents/support.yaml'
/** What a conversation's terminal keeps for the word of who speaks, and free at its end: frames shown in it are that much narrower. */
const GUTTER_COLUMNS = 10

/** Talks to agents until the caller, the input or a signal ends it. Gives the exit code. */
export async function start(given: readonly string[], options: StartOptions): Promise<number> {
  if (given.length === 0 && !existsSync(DEFAULT_FILE))
    return complain('name an agent file: runner start <agent.yaml>', 2)
  const frames = createFrames(process.stderr, GUTTER_COLUMNS)
  const loaded = await loadAll(given.length === 0 ? [DEFAULT_FILE] : given, frames)
  if (typeof loaded === 'number') return loaded
  const [first] = loaded
  if (first === undefined) return 2

  const reached = chooseEndpoints(loaded, options)
  if ('code' in reached) return complain(reached.message, reached.code)
  const { endpointFor, endpoints, offline } = reached
  const callerFault = callerFlagsFault(options, wantsPages(options))
  if (callerFault !== null) return complain(callerFault, 2)
  const pageFault = pageFlagsFault(options)
  if (pageFault !== null) return complain(pageFault, 2)
  const sinks = await openSinks({
    journal: options.journal ?? null,
    metrics: options.metricsPort === undefined ? null : { port: options.metricsPort, host: options.metricsHost },
    isCounted: options.metricsPort !== undefined || wantsPages(options),
  })
  if ('code' in sinks) return complain(sinks.message, sinks.code)
  const jsonl = options.jsonl ?? false
  const log = createLog({
    level: options.logLevel ?? (process.stdout.isTTY && !jsonl ? 'error' : 'warn'),
    pretty: process.stderr.isTTY,
    secrets: endpoints.flatMap((endpoint) => (endpoint.kind === 'service' ? [endpoint.apiKey] : [])),
  })
  const pages = await servePages(loaded, frames.plain, options, sinks.readMetrics)
  if (typeof pages === 'string' && options.page) return complain(pages, SURROUNDINGS_NOT_READY)
  const served = typeof pages === 'object' && pages !== null ? pages : null
  const pageOnly = served !== null && !jsonl && options.main === false
  const headline = [...describe(loaded, offline), ...pageLines(pages), ...sinks.notes]
  if (jsonl || pageOnly) for (const line of headline) process.stderr.write(`runner: ${line}\n`)
  const isHeard =
    served !== null || (options.mic ?? false) || options.audioOut !== undefined || (options.withAudio ?? false)
  const emulator = offline === null ? null : await openEmulator(isHeard)

  const front = pageOnly
    ? null
    : await openFront({
        agent: first.agent,
        log,
        show: frames,
        headline,
        jsonl,
        withAudio: options.withAudio ?? false,
        ...{
          main: options.main ?? true,
          say: options.say ?? [],
          audioIn: options.audioIn ?? null,
          audioOut: options.audioOut ?? null,
          mic: options.mic ? { headphones: options.headphones ?? false } : null,
        },
      })
  const fault = front !== null && 'message' in front ? front : null
  if (fault !== null) await served?.front.close()
  const code =
    front !== null && 'message' in front
      ? complain(front.message, front.code)
      : await serve({
          agents: loaded,
          fronts: [...(front === null ? [] : [front]), ...(served === null ? [] : [served.front])],
          frames,
          log,
          env: process.env,
          endpointFor,
          emulatorUrl: emulator?.url ?? null,
          sinks: sinks.all,
          ...(options.settle === undefined ? {} : { settleMs: options.settle }),
        })
  await Promise.all([emulator?.close(), sinks.close()])
  return code
}

/** Loads every file, and prints whatever is wrong with any of them; a number is the exit code. */
async function loadAll(files: readonly string[], frames: Frames): Promise<readonly LoadedAgent[] | number> {
  const loaded: LoadedAgent[] = []
  const codes: number[] = []
  for (const file of files) {
    const read = await readAgent({ file, purpose: 'start' })
    if ('message' in read) {
      codes.push(complain(read.message, read.status === 'missing' ? 2 : 3))
      continue
    }
    frames.keep(read.sources)
    const grave = read.diagnostics.filter(({ level }) => level !== 'note')
    for (const diagnostic of grave) process.stderr.write(`${frames.frame(diagnostic)}\n\n`)
    if (read.status === 'rejected') codes.push(1)
    else if (loaded.some(({ agent }) => resolve(agent.file) === resolve(read.agent.file))) {
      codes.push(complain(`${file} is named twice; name each agent file once`, 2))
    } else if (loaded.some(({ agent }) => agent.name === read.agent.name)) {
      codes.push(
        complain(`${file}: another agent is called "${read.agent.name}" as well; give each a name of its own`, 1),
      )
    } else loaded.push(read)
  }
  return codes.length > 0 ? Math.max(...codes) : loaded
}

type Reached = {
  readonly endpointFor: (connection: Connection) => Exclude<Endpoint, { kind: 'refused' }>
  readonly endpoints: readonly Endpoint[]
  /** Why the emulator answers; null where the service does. */
  readonly offline: string | null
}

/** Where the agents connect, or why they cannot. */
function chooseEndpoints(
  loaded: readonly LoadedAgent[],
  flags: EndpointFlags,
): Reached | { message: string; code: number } {
  const address = flags.baseUrl ?? process.env.INWORLD_BASE_URL
  const fault = address === undefined || address === '' ? null : addressFault(address)
  if (fault !== null) return { message: fault, code: 2 }
  if (flags.offline && flags.online) return { message: '--offline and --online exclude each other', code: 2 }
  const choose = (connection: Connection) => chooseEndpoint(connection, flags, process.env)
  const endpoints = loaded.map(({ agent }) => choose(agent.connection))
  const refused = endpoints.find((endpoint) => endpoint.kind === 'refused')
  if (refused !== undefined) return { message: refused.message, code: SURROUNDINGS_NOT_READY }
  const offline = endpoints.find((endpoint) => endpoint.kind === 'emulator')
  const endpointFor = (connection: Connection) => {
    const endpoint = choose(connection)
    return endpoint.kind === 'refused' ? ({ kind: 'emulator', reason: endpoint.message } as const) : endpoint
  }
  return { endpointFor, endpoints, offline: offline?.reason ?? null }
}

/** Serves the page where a person sits at the terminal, or where it was asked for; null where it is not wanted, a string where it cannot be. */
async function servePages(
  loaded: readonly LoadedAgent[],
  show: Frames['plain'],
  options: StartOptions,
  readMetrics: Sinks['readMetrics'],
): Promise<PagesOpened | string | null> {
  if (!wantsPages(options)) return null
  const { jsonl = false } = options
  const isShown = jsonl || options.main === false
  return openPages({
    flags: options,
    agents: loaded.map(({ agent: { name, file, model, voice, description } }) => ({
      name,
      file,
      model,
      voice,
      ...(description === undefined ? {} : { description }),
    })),
    version: VERSION,
    routes: { '/metrics': readMetrics },
    show,
    tell: (kind, message) => {
      if (isShown) process.stderr.write(`runner: ${kind === 'warning' ? 'warning: ' : ''}${message}\n`)
    },
  })
}

/** A person at the terminal has a browser as well; elsewhere the page has to be asked for. */
function wantsPages({ jsonl = false, say = [], page }: StartOptions): boolean {
  return page ?? (process.stdin.isTTY && process.stdout.isTTY && !jsonl && say.length === 0)
}

/** Where nobody hears it, its voice is the one that costs nothing. */
async function openEmulator(isHeard: boolean): Promise<Emulator> {
  const { startEmulator } = await import('../emulator/server.ts')
  return startEmulator(isHeard ? {} : { voice: 'hum' })
}

function describe(loaded: readonly LoadedAgent[], offline: string | null): readonly string[] {
  const agents = loaded.map(({ agent }) => `${agent.name} (${agent.file})`).join(', ')
  const first = `runner ${VERSION} · ${agents}`
  if (offline === null) return [first]
  return [first, `offline: ${offline}, so the built-in emulator answers; it rehearses without a model`]
}

function pageLines(pages: PagesOpened | string | null): readonly string[] {
  if (pages === null) return []
  return [typeof pages === 'string' ? `no page: ${pages}` : pages.headline]
}
