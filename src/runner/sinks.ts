import { resolve } from 'node:path'
import { workingFolder } from '../io/agent-file.ts'
import { openMetricsServer } from '../io/monitoring/metrics-server.ts'
import { EXIT } from './exit-code.ts'
import type { Sink } from './sinks/fan-out.ts'
import { journalSink } from './sinks/journal-sink.ts'
import { metricsSink } from './sinks/metrics-sink.ts'

/** Where the metrics are served by default. */
const HOST = '127.0.0.1'

/** The flags that decide where metrics are served besides the page. */
export interface MetricsFlags {
  readonly metricsPort?: number
  readonly metricsHost?: string
}

/** What is wrong with these flags, or null. */
export function metricsFlagsFault({ metricsPort, metricsHost }: MetricsFlags): string | null {
  if (metricsHost === undefined) return null
  if (metricsHost.trim() === '') return `--metrics-host is empty: an address is wanted, such as ${HOST}`
  return metricsPort === undefined ? '--metrics-host: nothing is served there: add --metrics-port' : null
}

interface SinkOptions {
  /** Names of the agents that conversations may be held with. */
  readonly agents: readonly string[]
  /** Folder of journals. A relative one is resolved against the working folder, through a link if that is one. */
  readonly journal: string | null
  /** Where the metrics are served besides the page: nowhere without a port, on this machine alone without a host. */
  readonly metrics: { readonly port: number | null; readonly host: string | null }
  /** Whether anybody can read the metrics; counting loads a library. */
  readonly countsMetrics: boolean
}

/** The readers of reports besides fronts, audit, log and hooks. */
export interface Sinks {
  readonly all: readonly Sink[]
  /** Lines for the person who started it, such as an address. */
  readonly notes: readonly string[]
  /** The metrics over all conversations, as served under `/metrics`. */
  readonly readMetrics: () => Promise<{ readonly type: string; readonly body: string }>
  /** The exit code as far as sinks decide it: an incomplete journal sets one. */
  exitCode(): number
  close(): Promise<void>
}

/** Opens the journal and the metrics; a string says why the metrics cannot be served. */
export async function openSinks({ agents, journal, metrics, countsMetrics }: SinkOptions): Promise<Sinks | string> {
  const metricsReader = metricsSink(agents)
  const journals = journal === null ? [] : [journalSink(resolve(workingFolder(), journal))]
  for (const { endAtExit } of journals) process.once('exit', endAtExit)
  const all = [...journals, ...(countsMetrics ? [metricsReader] : [])]
  const exitCode = () => (journals.every(({ isComplete }) => isComplete) ? EXIT.done : EXIT.failed)
  const shared = { all, readMetrics: metricsReader.read, exitCode }
  const { port, host } = metrics
  if (port === null) return { ...shared, notes: [], close: async () => {} }
  const server = await openMetricsServer({ port, host: host ?? HOST, read: metricsReader.read })
  if (typeof server === 'string') return `--metrics-port: ${server}`
  return { ...shared, notes: [`metrics: ${server.url}`], close: server.close }
}
