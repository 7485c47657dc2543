import { journalFolderFault } from '../io/journal.ts'
import { openMetricsServer } from '../io/metrics-server.ts'
import type { Sink } from './fan-out.ts'
import { SURROUNDINGS_NOT_READY } from './front.ts'
import { journalSink } from './journal-sink.ts'
import { metricsSink } from './metrics-sink.ts'

export interface SinkOptions {
  /** Folder of journals. */
  readonly journal: string | null
  readonly metrics: { readonly port: number; readonly host: string } | null
}

export interface Sinks {
  readonly all: readonly Sink[]
  /** What the person who started it should know, such as an address. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** Opens what else reads the reports of conversations; a message and an exit code say why one cannot. */
export async function openSinks({ journal, metrics }: SinkOptions): Promise<Sinks | { message: string; code: number }> {
  const fault = journal === null ? null : journalFolderFault(journal)
  if (fault !== null) return { message: `--journal: ${fault}; name another folder`, code: 3 }
  const journals = journal === null ? [] : [journalSink(journal)]
  if (metrics === null) return { all: journals, notes: [], close: async () => {} }
  const sink = metricsSink()
  const server = await openMetricsServer({ ...metrics, read: sink.read })
  if (typeof server === 'string') return { message: `--metrics-port: ${server}`, code: SURROUNDINGS_NOT_READY }
  return { all: [...journals, sink], notes: [`metrics: ${server.url}`], close: server.close }
}
