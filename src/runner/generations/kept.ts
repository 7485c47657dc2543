import type { LoadedAgent } from '../../io/agent-file.ts'
import { type AuditFile, openAuditFile } from '../../io/storage/audit-file.ts'
import { type GenerationStore, namedRoot, openGenerationStore } from '../../io/storage/generation-store.ts'
import { openStateFolder } from '../../io/storage/state-folder.ts'
import type { Earlier, Source } from '../generations.ts'
import type { AuditStep } from '../sinks/audit.ts'
import { keptOfFile, readKept } from './read-kept.ts'

/** What is kept of one agent on disk. */
interface Kept {
  readonly store: GenerationStore | null
  /** What an earlier process left. */
  readonly earlier: Earlier | null
  audit(step: AuditStep | object): void
}

/** What is kept of all agents of a process. */
export interface KeptAgents {
  of(agentName: string): Kept
  readonly earlier: ReadonlyMap<string, Earlier>
  /** The state folders that are writable. */
  readonly folders: readonly string[]
  close(): void
}

/** Opens the folders for generations and the audit. If one is not writable, it reports that once and keeps nothing there. */
export async function openKept(
  agents: readonly LoadedAgent[],
  { env, onTrouble }: { readonly env: NodeJS.ProcessEnv; readonly onTrouble: (message: string) => void },
): Promise<KeptAgents> {
  const audits = new Map<string, AuditFile | null>()
  const kept = new Map<string, Kept>()
  for (const loaded of agents) {
    const folder = openStateFolder(namedRoot(loaded), env)
    if (!audits.has(folder.path)) {
      if (!folder.ok) onTrouble(`nothing is kept in ${folder.path} (${folder.reason}): ${WITHOUT_FOLDER}`)
      audits.set(folder.path, folder.ok ? openAuditFile(folder.path, onTrouble) : null)
    }
    const audit = audits.get(folder.path)
    const { name } = loaded.agent
    const store = folder.ok ? openGenerationStore(folder.path, name, onTrouble) : null
    kept.set(name, {
      store,
      earlier: store === null ? null : await readEarlier(store, loaded),
      audit: (step) => audit?.write({ t: new Date().toISOString(), agent: name, ...step }),
    })
  }
  return {
    of: (agentName) => kept.get(agentName) ?? NOTHING_KEPT,
    earlier: new Map([...kept].flatMap(([name, { earlier }]) => (earlier === null ? [] : [[name, earlier]]))),
    folders: [...audits].flatMap(([folder, audit]) => (audit === null ? [] : [folder])),
    close() {
      for (const audit of audits.values()) audit?.close()
    },
  }
}

/** What an unwritable folder means, and what to do. */
const WITHOUT_FOLDER =
  'status, reload, rollback and history do not find this process; name a folder that may be written to in RUNNER_FOLDER'

const NOTHING_KEPT: Kept = { store: null, earlier: null, audit() {} }

/** Reads the newest generation, and the last confirmed one, which is loaded only if its content differs from the agent's. */
async function readEarlier(store: GenerationStore, loaded: LoadedAgent): Promise<Earlier | null> {
  const stored = await store.list()
  const newest = stored.at(-1)
  if (newest === undefined) return null
  if (newest.hash === loaded.agent.hash) store.adopt(newest)
  const good = (await keptOfFile(stored, loaded)).findLast(({ verdict }) => verdict === 'confirmed')
  if (good === undefined || good.hash === loaded.agent.hash) return { newest, confirmed: null }
  const read = await readKept(good, loaded)
  const isUsable = read.status === 'loaded' && read.agent.name === loaded.agent.name
  const { number, at } = good
  const source = good.source as Source
  return { newest, confirmed: isUsable ? { number, agent: read.agent, source, at, verdict: 'confirmed' } : null }
}
