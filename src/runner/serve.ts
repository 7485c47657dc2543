import type { Connection } from '../agent/agent.ts'
import type { LoadedAgent } from '../io/agent-file.ts'
import { openControlServer } from '../io/control/control-server.ts'
import type { Log } from '../io/log.ts'
import { collectLessOften } from '../io/processes/garbage.ts'
import { createControl } from './control.ts'
import type { Endpoint } from './endpoint.ts'
import type { Front } from './fronts/front.ts'
import { openAgentReload } from './generations/agent-reload.ts'
import { openKept } from './generations/kept.ts'
import type { Frames } from './printing/frames.ts'
import { createRunner } from './runner.ts'
import { auditSink } from './sinks/audit.ts'
import { createFanOut, type Sink } from './sinks/fan-out.ts'
import { hookSink } from './sinks/hook-sink.ts'
import { logSink } from './sinks/log-sink.ts'
import { createToolbox } from './toolbox.ts'
import { openWorld } from './world.ts'

interface ServeOptions {
  readonly agents: readonly LoadedAgent[]
  /** The ways in. The first that is finished ends the others. */
  readonly fronts: readonly Front[]
  readonly frames: Frames
  readonly log: Log
  readonly env: NodeJS.ProcessEnv
  readonly endpointFor: (connection: Connection) => Exclude<Endpoint, { kind: 'refused' }>
  readonly emulatorUrl: string | null
  /** Who else reads what the conversations report. */
  readonly sinks?: readonly Sink[]
  /** How long a save must stay the same before it is taken, in ms. */
  readonly settleMs?: number
}

/** How long conversations and tools may take to end before the process leaves all the same, in ms. */
const SHUTDOWN_MS = 10_000

/** Holds conversations on the agents given, reloads them as their files change, and ends when a front is done. Gives the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { agents, fronts, frames, log, env, endpointFor, emulatorUrl } = options
  collectLessOften()
  const keyNames = agents.map(({ agent }) => agent.connection.api_key_env)
  const world = openWorld({ log, env, keyNames, endpointFor, emulatorUrl })
  const kept = await openKept(agents, { env, onTrouble: (reason) => log.warn('nothing is kept', { reason }) })
  const audit = auditSink((agent, line) => kept.of(agent).audit(line))
  const hooks = hookSink({ log, scripts: createToolbox({ purpose: 'hooks', env, hidden: keyNames, log: log.debug }) })
  const fanOut = createFanOut([audit, logSink(log), hooks, ...(options.sinks ?? [])], (sink, reason) =>
    log.error('a reader of events is in trouble', { sink, reason }),
  )
  const runner = createRunner(
    agents.map(({ agent }) => agent),
    {
      connect: world.connect,
      runTool: world.runTool,
      useServers: world.useServers,
      prepare: world.prepare,
      onReport: fanOut.report,
      onRest: () => world.warm(),
      onClosed: (conversation) => void world.endConversation(conversation),
      onVerdict(agentName, number, verdict) {
        const { store, audit } = kept.of(agentName)
        const entry = runner
          .generations(agentName)
          ?.entries()
          .find((one) => one.number === number)
        if (entry !== undefined) store?.judge(number, entry.agent.hash, verdict)
        audit({ ev: `generation.${verdict}`, gen: number })
      },
    },
    kept.earlier,
  )
  const tell = (kind: 'info' | 'warning', message: string) => {
    for (const front of fronts) front.tell(kind, message)
  }
  const reloads = new Map(
    agents.map((loaded) => {
      const { store, audit, earlier } = kept.of(loaded.agent.name)
      const isKept = earlier?.newest.hash === loaded.agent.hash
      const settle = options.settleMs === undefined ? {} : { settleMs: options.settleMs }
      const reload = openAgentReload({ loaded, runner, frames, store, isKept, audit, tell, ...settle })
      return [loaded.agent.name, { loaded, reload }]
    }),
  )
  const control = await openControlServer({
    env,
    folders: kept.folders,
    agents: [...reloads.keys()],
    answer: createControl({ runner, frames, agents: reloads }),
  })
  if (typeof control === 'string') log.warn('there is no control socket', { reason: control })
  const stop = () => {
    for (const front of fronts) front.stop()
  }
  const leave = onSignal(stop, () => {
    for (const { reload } of reloads.values()) void reload.look({ kind: 'signal' })
  })

  for (const front of fronts) front.begin(runner)
  await Promise.race(fronts.map((front) => front.finished))
  stop()
  const code = Math.max(...(await Promise.all(fronts.map((front) => front.finished))))
  const late = setTimeout(() => process.exit(code), SHUTDOWN_MS)
  late.unref()
  runner.close()
  await Promise.all([
    ...[...reloads.values()].map(({ reload }) => reload.close()),
    world.close(),
    typeof control === 'string' ? null : control.close(),
  ])
  await Promise.all(fronts.map((front) => front.close()))
  await fanOut.close()
  kept.close()
  leave()
  clearTimeout(late)
  return code
}

/** The first signal asks for the end; a second one leaves at once. Where no terminal can hang up, SIGHUP asks for a reload. */
function onSignal(end: () => void, reload: () => void): () => void {
  let asked = false
  const leave = (signal: NodeJS.Signals) => {
    if (asked) process.exit(signal === 'SIGTERM' ? 143 : 130)
    asked = true
    end()
  }
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  const handlers = [
    ['SIGINT', leave],
    ['SIGTERM', leave],
    ['SIGHUP', atTerminal ? leave : reload],
  ] as const
  for (const [signal, handle] of handlers) process.on(signal, handle)
  return () => {
    for (const [signal, handle] of handlers) process.off(signal, handle)
  }
}
