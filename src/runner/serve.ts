import type { Agent, Connection } from '../agent/agent.ts'
import type { Diagnostic } from '../agent/diagnostic.ts'
import { diagnose } from '../agent/fault.ts'
import type { LoadedAgent } from '../io/agent-file.ts'
import { type Save, watchAgent } from '../io/agent-watch.ts'
import type { Log } from '../io/log.ts'
import type { Endpoint } from './endpoint.ts'
import { createFanOut, type Sink } from './fan-out.ts'
import type { Frames } from './frames.ts'
import type { Front } from './front.ts'
import { createRunner } from './runner.ts'
import { openWorld } from './world.ts'

export interface ServeOptions {
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
}

/** How long conversations and tools may take to end before the process leaves all the same, in ms. */
const SHUTDOWN_MS = 10_000

/** Holds conversations on the agents given, reloads them as their files change, and ends when a front is done. Gives the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { agents, fronts, frames, log, env, endpointFor, emulatorUrl } = options
  const keyNames = agents.map(({ agent }) => agent.connection.api_key_env)
  const world = openWorld({ log, env, keyNames, endpointFor, emulatorUrl })
  const fanOut = createFanOut(options.sinks ?? [], (sink, reason) =>
    log.warn('a reader of events is in trouble', { sink, reason }),
  )
  const runner = createRunner(
    agents.map(({ agent }) => agent),
    {
      connect: world.connect,
      runTool: world.runTool,
      prepare: world.prepare,
      onReport: fanOut.report,
      onRest: () => world.warm(),
      onClosed: (conversation) => void world.endConversation(conversation),
    },
  )
  const tell = (kind: 'info' | 'warning', message: string) => {
    for (const front of fronts) front.tell(kind, message)
  }
  const watchers = agents.map((loaded) =>
    watchAgent({
      file: loaded.agent.file,
      loaded,
      onSave: (save, { noticedAt }) => takeSave(loaded.agent, save, noticedAt),
      onWarning: (message) => tell('warning', message),
    }),
  )
  function takeSave({ name, file }: Agent, save: Save, noticedAt: number): void {
    switch (save.kind) {
      case 'loaded': {
        frames.keep(save.next.sources)
        const { agent } = save.next
        if (agent.name === name) return runner.loaded(agent, noticedAt)
        return runner.rejected(name, [nameChanged(name, agent)])
      }
      case 'rejected':
        frames.keep(save.next.sources)
        return runner.rejected(name, save.next.diagnostics)
      case 'same':
        return save.mended ? tell('info', `${file} is as it was before the fault`) : undefined
      case 'missing':
      case 'unreadable':
        return tell('warning', `${save.message}; the last good settings stay`)
      default:
        return save satisfies never
    }
  }
  const stop = () => {
    for (const front of fronts) front.stop()
  }
  const leave = onSignal(stop)

  for (const front of fronts) front.begin(runner)
  await Promise.race(fronts.map((front) => front.finished))
  stop()
  const code = Math.max(...(await Promise.all(fronts.map((front) => front.finished))))
  const late = setTimeout(() => process.exit(code), SHUTDOWN_MS)
  late.unref()
  await Promise.all([...watchers.map((watcher) => watcher.close()), world.close()])
  await Promise.all(fronts.map((front) => front.close()))
  await fanOut.close()
  leave()
  clearTimeout(late)
  return code
}

/** The name is what conversations, tools and logs know an agent by. */
function nameChanged(name: string, after: Agent): Diagnostic {
  const start = { line: 1, column: 1, offset: 0 }
  const place = after.places.get('name') ?? { file: after.file, start, end: start }
  return diagnose({
    ...{ rule: 'RV901', message: `the name changed from "${name}" to "${after.name}" while the agent runs`, place },
    ...{ help: `Write name: ${name}, or start the other agent beside it.`, pointer: '/name', text: after.name },
  })
}

/** The first signal asks for the end; a second one leaves at once. */
function onSignal(end: () => void): () => void {
  let asked = false
  const handle = (signal: NodeJS.Signals) => {
    if (asked) process.exit(signal === 'SIGTERM' ? 143 : 130)
    asked = true
    end()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, handle)
  return () => {
    for (const signal of signals) process.off(signal, handle)
  }
}
