import { resolve } from 'node:path'
import { workingFolder } from '../io/agent-file.ts'
import { journalFolderFault } from '../io/kept/journal.ts'
import { openMetricsServer } from '../io/watching/metrics-server.ts'
import { EXIT } from './exit-code.ts'
import type { Sink } from './sinks/fan-out.ts'
import { journalSink } from './sinks/journal-sink.ts'
import { metricsSink } from './sinks/metrics-sink.ts'

interface SinkOptions {
  /** Names of the agents that conversations may be held with. */
  readonly agents: readonly string[]
  /** Folder of journals; where the working folder is a link, one in it is sought wherever that leads by then. */
  readonly journal: string | null
  /** Where the figures are served beside the page: nowhere without a port, and on this machine alone without a host. */
  readonly metrics: { readonly port: number | null; readonly host: string | null }
  /** Whether anybody can read the figures; counting takes a library. */
  readonly isCounted: boolean
}

/** Who reads the reports besides fronts, audit, log and hooks. */
export interface Sinks {
  readonly all: readonly Sink[]
  /** What the person who started it should know, such as an address. */
  readonly notes: readonly string[]
  /** The figures over all conversations, as `/metrics` gives them. */
  readonly readMetrics: () => Promise<{ readonly type: string; readonly body: string }>
  /** What a run comes to, as far as it is theirs: a journal that is not whole is what it comes to. */
  exitCode(): number
  close(): Promise<void>
}

/** Where figures are served where nothing else is said. */
const HOST = '127.0.0.1'

/** Opens what else reads the reports of conversations; a message and an exit code say why one cannot. */
export async function openSinks(options: SinkOptions): Promise<Sinks | { message: string; code: number }> {
  const { agents, journal, metrics, isCounted } = options
  const fault = journal === null ? null : journalFolderFault(journal)
  if (fault !== null) return { message: `--journal: ${fault}; name another folder`, code: EXIT.notDone }
  const { port, host } = metrics
  if (port === null && host !== null)
    return { message: '--metrics-host: nothing is served there: add --metrics-port', code: EXIT.wrongUse }
  const figures = metricsSink(agents)
  const journals = journal === null ? [] : [journalSink(resolve(await workingFolder(), journal))]
  for (const { leave } of journals) process.once('exit', leave)
  const all = [...journals, ...(isCounted ? [figures] : [])]
  const exitCode = () => (journals.every(({ isWhole }) => isWhole) ? EXIT.done : EXIT.notDone)
  const shared = { all, readMetrics: figures.read, exitCode }
  if (port === null) return { ...shared, notes: [], close: async () => {} }
  const server = await openMetricsServer({ port, host: host ?? HOST, read: figures.read })
  if (typeof server === 'string') return { message: `--metrics-port: ${server}`, code: EXIT.notReady }
  return { ...shared, notes: [`metrics: ${server.url}`], close: server.close }
}
