import { resolve } from 'node:path'
import { otherAgentKeyFaults, unsetKeyFault } from '../agent/checks/edit-faults.ts'
import { type LoadedAgent, workingFolder } from '../io/agent-file.ts'
import { openControlServer } from '../io/control/control-server.ts'
import type { Log } from '../io/log.ts'
import { watchStalls } from '../io/monitoring/process-stall.ts'
import { collectGarbageLessOften } from '../io/processes/garbage-collection.ts'
import type { Drain } from '../session/event.ts'
import { createConnect } from './connect.ts'
import { createControlHandler } from './control.ts'
import type { EndpointFor } from './endpoint.ts'
import type { Front } from './fronts/front.ts'
import { type AgentReload, openAgentReload } from './generations/agent-reload.ts'
import { openStorage, type Storage } from './generations/agent-storage.ts'
import type { ProcessFaults } from './generations/consider-save.ts'
import type { Frames } from './printing/frames.ts'
import { createRunner, type Runner } from './runner.ts'
import type { ServiceKeys } from './service-keys.ts'
import type { Signals } from './signals.ts'
import { auditSink } from './sinks/audit.ts'
import { createFanOut, type Sink } from './sinks/fan-out.ts'
import { hookSink } from './sinks/hook-sink.ts'
import { logSink } from './sinks/log-sink.ts'
import { createToolbox } from './toolbox.ts'

interface ServeOptions {
  readonly agents: readonly LoadedAgent[]
  /** The fronts. The first one to finish ends the others. */
  readonly fronts: readonly Front[]
  readonly signals: Signals
  readonly frames: Frames
  readonly log: Log
  readonly env: NodeJS.ProcessEnv
  /** The key variables, those of the given agents included. */
  readonly keys: ServiceKeys
  readonly endpointFor: EndpointFor
  readonly emulatorUrl: string | null
  /** Further readers of the conversations' reports. */
  readonly sinks?: readonly Sink[]
  /** Whether nobody but callers at pages sees the reports. */
  readonly isForPagesAlone: boolean
  /** How long a save must stay unchanged before it is taken, in ms. */
  readonly settleMs?: number | undefined
}

/** How long conversations may go on after SIGTERM, in ms: less than Docker waits for a process to end. */
const DRAIN_MS = 8_000
/** How long conversations and tools may take to end before the process exits anyway, in ms. */
const SHUTDOWN_MS = 10_000

/** Holds conversations with the given agents, reloads them as their files change, and ends when a front is done. Returns the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { agents, fronts, signals, frames, log, env, keys, endpointFor, emulatorUrl } = options
  collectGarbageLessOften()
  const stopWatching = watchStalls((ms) => log.warn('this process stood still, and its callers heard it', { ms }))
  const tools = createToolbox({ env, hidden: keys.names, log: toolLog(log) })
  const storage = await openStorage(agents, { env, onFailure: (reason) => log.warn('nothing is kept', { reason }) })
  for (const { confirmed } of storage.earlier.values()) if (confirmed !== null) keys.add(confirmed.agent)
  const audit = auditSink((agent, line) => storage.of(agent).audit(line))
  const hooks = hookSink({ log, scripts: createToolbox({ purpose: 'hooks', env, hidden: keys.names, log: log.debug }) })
  const fanOut = createFanOut(
    [audit, logSink({ log, isForPagesAlone: options.isForPagesAlone }), hooks, ...(options.sinks ?? [])],
    (sink, reason) => log.error('events are missing', { from: sink, reason }),
  )
  const runner: Runner = createRunner(
    agents.map(({ agent }) => agent),
    {
      connect: createConnect({ log, endpointFor, emulatorUrl }),
      runTool: tools.run,
      useServers: tools.useServers,
      prepare(agent) {
        keys.add(agent)
        tools.prepare(agent)
        refreshAgents(fronts)
      },
      onReport: fanOut.report,
      onRest: tools.warm,
      onClosed: (conversation) => void tools.endConversation(conversation),
      onVerdict({ agent, number, verdict, refusal }) {
        const { store, audit } = storage.of(agent.name)
        store?.recordVerdict(number, agent.hash, verdict)
        const reason = refusal && { paths: refusal.fields, message: refusal.message, code: refusal.code }
        audit({ ev: `generation.${verdict}`, gen: number, ...reason })
        refreshAgents(fronts)
      },
    },
    storage.earlier,
  )
  const reloads = openReloads(options, { runner, storage })
  const control = await openControlServer({
    env,
    folders: storage.folders,
    agents: agents.map(({ agent }) => agent.name),
    files: agents.map(({ agent }) => resolve(workingFolder(), agent.file)),
    answer: createControlHandler({ runner, frames, agents: reloads }),
  })
  if (typeof control === 'string')
    log.warn('there is no control socket: status, reload and rollback do not find this process', { reason: control })

  signals.onReload(() => {
    for (const { reload } of reloads.values()) void reload.checkFiles({ kind: 'signal' })
  })
  const code = await runFronts(fronts, runner, signals)
  const forcedExit = setTimeout(() => {
    log.warn('what was not over in time is ended: hooks, tools, conversations', { ms: SHUTDOWN_MS })
    process.exit(code)
  }, SHUTDOWN_MS)
  forcedExit.unref()
  runner.close()
  await Promise.all([
    ...[...reloads.values()].map(({ reload }) => reload.close()),
    tools.close(),
    typeof control === 'string' ? null : control.close(),
  ])
  const closeCodes = await Promise.all(fronts.map((front) => front.close()))
  await fanOut.close()
  storage.close()
  clearTimeout(forcedExit)
  stopWatching()
  return Math.max(code, ...closeCodes)
}

/** Logs what becomes of tools; what somebody has to mend, as an error. */
function toolLog(log: Log): Log['info'] {
  return (message, fields) => {
    if (fields?.status === 'misconfigured' || fields?.alert === true) log.error(message, fields)
    else log.info(message, fields)
  }
}

/** Watches the files of each agent; keyed by name. */
function openReloads(
  { agents, fronts, frames, keys, endpointFor, settleMs }: ServeOptions,
  { runner, storage }: { readonly runner: Runner; readonly storage: Storage },
): ReadonlyMap<string, { readonly loaded: LoadedAgent; readonly reload: AgentReload }> {
  const notify: Front['notify'] = (kind, message) => {
    for (const front of fronts) front.notify(kind, message)
  }
  return new Map(
    agents.map((loaded) => {
      const { name, hash } = loaded.agent
      const { store, audit, earlier } = storage.of(name)
      const isStored = earlier?.newest.hash === hash
      const processFaults: ProcessFaults = (agent) => [
        ...(endpointFor(name, agent.connection).kind === 'refused' ? [unsetKeyFault(agent)] : []),
        ...otherAgentKeyFaults(agent, keys.names()),
      ]
      const shared = { runner, frames, processFaults, notify, settleMs }
      return [name, { loaded, reload: openAgentReload({ ...shared, loaded, store, isStored, audit }) }]
    }),
  )
}

/** Begins the fronts, and ends all of them on a signal or when the first one finishes. Returns the gravest exit code. */
async function runFronts(fronts: readonly Front[], runner: Runner, signals: Signals): Promise<number> {
  if (!signals.isEnding) for (const front of fronts) front.begin(runner)
  const finished = fronts.map((front) => front.finished)
  const stopAll = (drain: Drain, signal?: NodeJS.Signals) => {
    for (const front of fronts) front.stop(drain, signal)
  }
  const end = await Promise.race([signals.ending, ...finished])
  if (typeof end === 'number') stopAll(false)
  else stopAll(end.drain, end.signal)
  const drainLimit = setTimeout(() => stopAll(false), DRAIN_MS)
  const codes = await Promise.all(finished)
  clearTimeout(drainLimit)
  return Math.max(...codes)
}

function refreshAgents(fronts: readonly Front[]): void {
  for (const front of fronts) front.refreshAgents?.()
}
