import { existsSync } from 'node:fs'
import { parseFaults } from '../emulator/faults/parse-faults.ts'
import type { Faults } from '../emulator/faults.ts'
import type { Emulator } from '../emulator/server.ts'
import type { LoadedAgent } from '../io/agent-file.ts'
import { createLog, type Log, type LogLevel } from '../io/log.ts'
import { chooseEndpoints, type EndpointFlags, type Endpoints } from '../runner/endpoint.ts'
import { EXIT } from '../runner/exit-code.ts'
import { type CallerFlags, callerFlagsFault } from '../runner/fronts/caller-flags.ts'
import { type FrontOptions, openFront } from '../runner/fronts/open-front.ts'
import { openPages, type PageFlags, pageFlagsFault, type ServedPages } from '../runner/fronts/open-pages.ts'
import { loadAgents } from '../runner/load-agent.ts'
import { createFrames, type Frames } from '../runner/printing/frames.ts'
import { printError } from '../runner/printing/print-error.ts'
import { serve } from '../runner/serve.ts'
import { createServiceKeys } from '../runner/service-keys.ts'
import { handleSignals, type Signals } from '../runner/signals.ts'
import { openSinks, type Sinks } from '../runner/sinks.ts'
import { VERSION } from '../runner/version.ts'

export interface StartOptions extends EndpointFlags, PageFlags, CallerFlags {
  readonly journal?: string
  readonly metricsPort?: number
  readonly metricsHost?: string
  /** How long a save must stay unchanged before it is taken, in ms. */
  readonly settle?: number
  /** Faults to simulate in a rehearsal, as `name` or `name=value`. */
  readonly fault?: readonly string[]
  readonly logLevel?: LogLevel
}

/** Started if no file is named. */
const DEFAULT_FILE = 'agents/support.yaml'
/** Columns a conversation's terminal uses for the speaker and leaves free at the end: frames shown in it are narrower by this. */
const GUTTER_COLUMNS = 10

/** Talks to agents until the caller, the input or a signal ends it. Returns the exit code. */
export async function start(given: readonly string[], options: StartOptions): Promise<number> {
  if (given.length === 0 && !existsSync(DEFAULT_FILE))
    return printError('name an agent file: runner start <agent.yaml>; "runner init" writes one', EXIT.usageError)
  const signals = handleSignals()
  const frames = createFrames(process.stderr, GUTTER_COLUMNS)
  const loaded = await loadAgents(given.length === 0 ? [DEFAULT_FILE] : given, frames)
  if (typeof loaded === 'number') return loaded
  const [first] = loaded
  if (first === undefined) return EXIT.usageError

  const endpoints = chooseEndpoints(loaded, options, process.env)
  if ('code' in endpoints) return printError(endpoints.message, endpoints.code)
  const isServed = servesPages(options)
  const fault = callerFlagsFault(options, isServed) ?? pageFlagsFault(options, isServed, process.env)
  if (fault !== null) return printError(fault, EXIT.usageError)
  const faults = requestedFaults(options, endpoints.offlineMessage !== null)
  if (typeof faults === 'string') return printError(faults, EXIT.usageError)
  const sinks = await openSinks({
    agents: loaded.map(({ agent }) => agent.name),
    journal: options.journal ?? null,
    metrics: { port: options.metricsPort ?? null, host: options.metricsHost ?? null },
    countsMetrics: options.metricsPort !== undefined || isServed,
  })
  if ('code' in sinks) return printError(sinks.message, sinks.code)
  let emulator: Emulator | null = null
  try {
    if (endpoints.offlineMessage !== null) emulator = await openEmulator(isServed || isHeard(options), faults)
    const emulatorUrl = emulator?.url ?? null
    const code = await runConversations({ loaded, first, signals, frames, options, endpoints, sinks, emulatorUrl })
    return Math.max(code, sinks.exitCode())
  } finally {
    await Promise.all([emulator?.close(), sinks.close()])
  }
}

interface RunContext {
  readonly loaded: readonly LoadedAgent[]
  readonly first: LoadedAgent
  readonly signals: Signals
  readonly frames: Frames
  readonly options: StartOptions
  readonly endpoints: Endpoints
  readonly sinks: Sinks
  readonly emulatorUrl: string | null
}

/** Opens the fronts, and serves them until one of them is finished. Returns the exit code. */
async function runConversations({
  loaded,
  first,
  signals,
  frames,
  options,
  endpoints,
  sinks,
  emulatorUrl,
}: RunContext): Promise<number> {
  const pages = await servePages({ loaded, frames: frames.plain, options, readMetrics: sinks.readMetrics })
  if (typeof pages === 'string' && options.page) return printError(pages, EXIT.notReady)
  const pagesFront = typeof pages === 'object' && pages !== null ? pages.front : null

  const keys = createServiceKeys(process.env)
  for (const { agent } of loaded) keys.add(agent)
  const log = openLog(options, keys.values)
  const headline = [...startupLines(loaded, endpoints), ...pageLines(pages), ...sinks.notes]
  const isForPagesAlone = pagesFront !== null && !options.jsonl && options.main === false
  if (options.jsonl || isForPagesAlone) for (const line of headline) process.stderr.write(`runner: ${line}\n`)
  const front = isForPagesAlone
    ? null
    : await openFront(frontOptions(options, { agent: first.agent, log, frames, headline }))
  if (front !== null && 'message' in front) {
    await pagesFront?.close()
    return printError(front.message, front.code)
  }
  return serve({
    agents: loaded,
    fronts: [front, pagesFront].filter((each) => each !== null),
    signals,
    frames,
    log,
    env: process.env,
    keys,
    endpointFor: endpoints.endpointFor,
    emulatorUrl,
    sinks: sinks.all,
    settleMs: options.settle,
  })
}

function frontOptions(
  { jsonl = false, withAudio = false, main = true, say = [], mic, headphones = false, ...files }: StartOptions,
  shared: Pick<FrontOptions, 'agent' | 'log' | 'frames' | 'headline'>,
): FrontOptions {
  const { audioIn = null, audioOut = null } = files
  return { ...shared, jsonl, withAudio, main, say, audioIn, audioOut, mic: mic ? { headphones } : null }
}

/** At the terminal the log shows only errors: the conversation itself says the rest. */
function openLog({ logLevel, jsonl }: StartOptions, secrets: () => readonly string[]): Log {
  const level = logLevel ?? (process.stdout.isTTY && !jsonl ? 'error' : 'warn')
  return createLog({ level, pretty: process.stderr.isTTY, secrets })
}

/** Whether the agent's sound goes anywhere besides a page. */
function isHeard({ mic, audioOut, withAudio }: StartOptions): boolean {
  return mic === true || audioOut !== undefined || withAudio === true
}

/** Serves the page at a terminal, or if asked for; null if it is not wanted, a string if it cannot be served. */
async function servePages({
  loaded,
  frames,
  options,
  readMetrics,
}: Pick<RunContext, 'loaded' | 'options'> & {
  readonly frames: Frames['plain']
  readonly readMetrics: Sinks['readMetrics']
}): Promise<ServedPages | string | null> {
  if (!servesPages(options)) return null
  const { jsonl = false } = options
  const isShown = jsonl || options.main === false
  return openPages({
    flags: options,
    env: process.env,
    agents: loaded.map(({ agent }) => agent),
    version: VERSION,
    routes: { '/metrics': readMetrics },
    frames,
    notify: (kind, message) => {
      if (isShown) process.stderr.write(`runner: ${kind === 'warning' ? 'warning: ' : ''}${message}\n`)
    },
  })
}

/** A person at the terminal has a browser too; elsewhere the page must be asked for. */
function servesPages({ jsonl = false, say = [], page }: StartOptions): boolean {
  return page ?? (process.stdin.isTTY && process.stdout.isTTY && !jsonl && say.length === 0)
}

/** The faults to simulate; a sentence if there is no emulator to simulate them, or no such fault. */
function requestedFaults({ fault = [] }: StartOptions, isOffline: boolean): Faults | string {
  if (fault.length > 0 && !isOffline) return '--fault is for a rehearsal: add --offline'
  return parseFaults(fault)
}

/** If nobody hears it, the emulator uses the voice that costs nothing. */
async function openEmulator(isHeard: boolean, faults: Faults): Promise<Emulator> {
  const { startEmulator } = await import('../emulator/server.ts')
  return startEmulator(isHeard ? { faults } : { voice: 'hum', faults })
}

function startupLines(
  loaded: readonly LoadedAgent[],
  { offlineMessage, addressOverride }: Endpoints,
): readonly string[] {
  const agents = loaded.map(({ agent }) => `${agent.name} (${agent.file})`).join(', ')
  const first = `runner ${VERSION} · ${agents}`
  if (offlineMessage === null)
    return addressOverride === null ? [first] : [first, `the service is sought at ${addressOverride}`]
  return [first, `offline: ${offlineMessage}; it rehearses without a model`]
}

function pageLines(pages: ServedPages | string | null): readonly string[] {
  if (pages === null) return []
  return [typeof pages === 'string' ? `no page: ${pages}` : pages.headline]
}
