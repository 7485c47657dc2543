import { existsSync } from 'node:fs'
import type { Agent } from '../agent/agent.ts'
import type { WavFile } from '../channels/wav/frame-source.ts'
import { readWavFile } from '../channels/wav/microphone.ts'
import { parseFaults } from '../emulator/faults/parse-faults.ts'
import type { Faults } from '../emulator/faults.ts'
import type { Emulator } from '../emulator/server.ts'
import type { LoadedAgent } from '../io/agent-file.ts'
import { createLog, type Log, type LogLevel } from '../io/log.ts'
import { journalFolderFault } from '../io/storage/journal.ts'
import { chooseEndpoints, type EndpointFlags, type Endpoints } from '../runner/endpoint.ts'
import { EXIT } from '../runner/exit-code.ts'
import { type CallerFlags, callerFlagsFault } from '../runner/fronts/caller-flags.ts'
import type { PagesFront } from '../runner/fronts/front-pages.ts'
import { type FrontOptions, openFront } from '../runner/fronts/open-front.ts'
import { openPages, type PageFlags, pageFlagsFault } from '../runner/fronts/open-pages.ts'
import { agentsAmong, loadAgents } from '../runner/load-agent.ts'
import { createFrames, type Frames } from '../runner/printing/frames.ts'
import { printError } from '../runner/printing/print-error.ts'
import { serve } from '../runner/serve.ts'
import { createServiceKeys } from '../runner/service-keys.ts'
import { handleSignals, type Signals } from '../runner/signals.ts'
import { type MetricsFlags, metricsFlagsFault, openSinks, type Sinks } from '../runner/sinks.ts'
import { VERSION } from '../runner/version.ts'

export interface StartOptions extends EndpointFlags, PageFlags, CallerFlags, MetricsFlags {
  readonly journal?: string
  /** How long a save must stay unchanged before it is taken, in ms. */
  readonly settle?: number
  /** Faults to simulate in a rehearsal, as `name` or `name=value`. */
  readonly fault?: readonly string[]
  /** In a rehearsal, take voices and models that the emulator does not know. */
  readonly acceptAnyModel?: boolean
  readonly logLevel?: LogLevel
}

/** Started if no file is named. */
const DEFAULT_FILE = 'agents/support.yaml'
/** Columns a conversation's terminal uses for the speaker and leaves free at the end: frames shown in it are narrower by this. */
const GUTTER_COLUMNS = 10

/** Talks to agents until the caller, the input or a signal ends it. Returns the exit code. */
export async function start(given: readonly string[], options: StartOptions): Promise<number> {
  const signals = handleSignals()
  const run = await prepareRun(given, options)
  return typeof run === 'number' ? run : openRun(run, signals)
}

/** What every way of running needs: flags that fit together, files that were read, and who answers. */
interface Run {
  readonly options: StartOptions
  readonly frames: Frames
  readonly loaded: readonly LoadedAgent[]
  /** The agent of the main conversation. */
  readonly agent: Agent
  readonly endpoints: Endpoints
  /** Faults of the service to simulate. */
  readonly faults: Faults
  readonly isPageServed: boolean
  /** What the caller says through `--audio-in`. */
  readonly audioIn: WavFile | null
}

/** Looks at flags and files, and opens and makes nothing: a mistake in them leaves no trace. A number is the exit code. */
async function prepareRun(given: readonly string[], options: StartOptions): Promise<Run | number> {
  const isPageServed = servesPages(options)
  const misuse =
    callerFlagsFault(options, isPageServed) ??
    pageFlagsFault(options, isPageServed, process.env) ??
    metricsFlagsFault(options)
  if (misuse !== null) return printError(misuse, EXIT.usageError)
  const faults = parseFaults(options.fault ?? [])
  if (typeof faults === 'string') return printError(faults, EXIT.usageError)
  if (given.length === 0 && !existsSync(DEFAULT_FILE))
    return printError('name an agent file: runner start <agent.yaml>; "runner init" writes one', EXIT.usageError)

  const frames = createFrames(process.stderr, GUTTER_COLUMNS)
  const loaded = await loadAgents(given.length === 0 ? [DEFAULT_FILE] : agentsAmong(given), frames)
  if (typeof loaded === 'number') return loaded
  const [first] = loaded
  if (first === undefined) return EXIT.usageError
  const endpoints = chooseEndpoints(loaded, options, process.env)
  if ('code' in endpoints) return printError(endpoints.message, endpoints.code)
  const rehearsalFlag = options.fault !== undefined ? '--fault' : options.acceptAnyModel ? '--accept-any-model' : null
  if (rehearsalFlag !== null && endpoints.offlineMessage === null)
    return printError(`${rehearsalFlag} is for a rehearsal: add --offline`, EXIT.usageError)

  const folderFault = options.journal === undefined ? null : journalFolderFault(options.journal)
  if (folderFault !== null) return printError(`--journal: ${folderFault}; name another folder`, EXIT.failed)
  const audioIn = options.audioIn === undefined ? null : await readWavFile(options.audioIn)
  if (typeof audioIn === 'string') return printError(`--audio-in: ${audioIn}`, EXIT.usageError)
  return { options, frames, loaded, agent: first.agent, endpoints, faults, isPageServed, audioIn }
}

/** Opens what conversations need, and closes it after them. Returns the exit code. */
async function openRun(run: Run, signals: Signals): Promise<number> {
  const { options, loaded, isPageServed } = run
  const sinks = await openSinks({
    agents: loaded.map(({ agent }) => agent.name),
    journal: options.journal ?? null,
    metrics: { port: options.metricsPort ?? null, host: options.metricsHost ?? null },
    countsMetrics: options.metricsPort !== undefined || isPageServed,
  })
  if (typeof sinks === 'string') return printError(sinks, EXIT.notReady)
  let emulator: Emulator | null = null
  let code: number
  try {
    emulator = await openEmulator(run)
    code = await runConversations(run, { signals, sinks, emulatorUrl: emulator?.url ?? null })
  } finally {
    await Promise.all([emulator?.close(), sinks.close()])
  }
  return Math.max(code, sinks.exitCode())
}

interface Opened {
  readonly signals: Signals
  readonly sinks: Sinks
  readonly emulatorUrl: string | null
}

/** Opens the fronts, and serves them until one of them is finished. Returns the exit code. */
async function runConversations(run: Run, { signals, sinks, emulatorUrl }: Opened): Promise<number> {
  const { options, frames, loaded, endpoints } = run
  const pages = await servePages(run, sinks)
  if (typeof pages === 'string') return printError(pages, EXIT.notReady)

  const keys = createServiceKeys(process.env)
  for (const { agent } of loaded) keys.add(agent)
  const log = openLog(options, keys.values)
  const headline = [...startupLines(run), ...pages.headline, ...sinks.notes]
  const isForPagesAlone = opensPagesAlone(options)
  if (options.jsonl || isForPagesAlone) for (const line of headline) process.stderr.write(`runner: ${line}\n`)
  const front = isForPagesAlone ? null : await openFront(frontOptions(run, { log, headline }))
  if (front !== null && 'message' in front) {
    await pages.front?.close()
    return printError(front.message, front.code)
  }
  return serve({
    agents: loaded,
    fronts: [front, pages.front].filter((each) => each !== null),
    signals,
    frames,
    log,
    env: process.env,
    keys,
    endpointFor: endpoints.endpointFor,
    emulatorUrl,
    isForPagesAlone,
    sinks: sinks.all,
    settleMs: options.settle,
  })
}

function frontOptions(
  { options, agent, frames, audioIn }: Run,
  shared: Pick<FrontOptions, 'log' | 'headline'>,
): FrontOptions {
  const { jsonl = false, withAudio = false, main = true, say = [], audioOut = null, mic, headphones = false } = options
  return { ...shared, agent, frames, jsonl, withAudio, main, say, audioIn, audioOut, mic: mic ? { headphones } : null }
}

/** Where a terminal talks, the log shows only errors: the conversation itself says the rest. */
function openLog(options: StartOptions, secrets: () => readonly string[]): Log {
  const { logLevel, jsonl } = options
  const level = logLevel ?? (process.stdout.isTTY && !jsonl && !opensPagesAlone(options) ? 'error' : 'warn')
  return createLog({ level, pretty: process.stderr.isTTY, secrets })
}

/** Serves the page if one is to be; a string says why one that was asked for cannot be served. */
async function servePages(
  { options, frames, loaded, isPageServed }: Run,
  { readMetrics }: Sinks,
): Promise<{ readonly front: PagesFront | null; readonly headline: readonly string[] } | string> {
  if (!isPageServed) return { front: null, headline: [] }
  const isShown = options.jsonl === true || options.main === false
  const pages = await openPages({
    flags: options,
    env: process.env,
    agents: loaded.map(({ agent }) => agent),
    version: VERSION,
    routes: { '/metrics': readMetrics },
    frames: frames.plain,
    notify: (kind, message) => {
      if (isShown) process.stderr.write(`runner: ${kind === 'warning' ? 'warning: ' : ''}${message}\n`)
    },
  })
  if (typeof pages !== 'string') return { front: pages.front, headline: [pages.headline] }
  const isNeeded = options.page === true || opensPagesAlone(options)
  return isNeeded ? pages : { front: null, headline: [`no page: ${pages}`] }
}

/** A person at the terminal has a browser too; elsewhere the page must be asked for. */
function servesPages({ jsonl = false, say = [], page }: StartOptions): boolean {
  return page ?? (process.stdin.isTTY && process.stdout.isTTY && !jsonl && say.length === 0)
}

/** Whether pages alone open conversations. */
function opensPagesAlone({ jsonl = false, main = true }: StartOptions): boolean {
  return !main && !jsonl
}

/** The emulator, if it answers. If nobody hears it, it uses the voice that costs nothing. */
async function openEmulator({ options, endpoints, faults, isPageServed }: Run): Promise<Emulator | null> {
  if (endpoints.offlineMessage === null) return null
  const isHeard = isPageServed || options.mic || options.audioOut !== undefined || options.withAudio
  const { startEmulator } = await import('../emulator/server.ts')
  const { acceptAnyModel = false } = options
  return startEmulator({ faults, acceptAnyModel, ...(isHeard ? {} : { voice: 'hum' }) })
}

function startupLines({ loaded, endpoints }: Run): readonly string[] {
  const agents = loaded.map(({ agent }) => `${agent.name} (${agent.file})`).join(', ')
  const first = `runner ${VERSION} · ${agents}`
  const { offlineMessage, addressOverride } = endpoints
  if (offlineMessage !== null) return [first, `offline: ${offlineMessage}; it rehearses without a model`]
  return addressOverride === null ? [first] : [first, `the service is sought at ${addressOverride}`]
}
