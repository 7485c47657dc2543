import type { LoadedAgent } from '../../io/agent-file.ts'
import { type AuditFile, openAuditFile } from '../../io/storage/audit-file.ts'
import { type GenerationStore, namedRoot, openGenerationStore } from '../../io/storage/generation-store.ts'
import { openStateFolder } from '../../io/storage/state-folder.ts'
import type { EarlierGenerations, GenerationSource } from '../generations.ts'
import type { AuditStep } from '../sinks/audit.ts'
import { readStored, storedOfFile } from './read-stored.ts'

/** What is stored of one agent on disk. */
interface AgentStorage {
  readonly store: GenerationStore | null
  /** What an earlier process left. */
  readonly earlier: EarlierGenerations | null
  audit(step: AuditStep | object): void
}

/** What is stored of all agents of a process. */
export interface Storage {
  of(agentName: string): AgentStorage
  readonly earlier: ReadonlyMap<string, EarlierGenerations>
  /** The state folders that are writable. */
  readonly folders: readonly string[]
  close(): void
}

/** Opens the folders for generations and the audit. If one is not writable, it reports that once and stores nothing there. */
export async function openStorage(
  agents: readonly LoadedAgent[],
  { env, onFailure }: { readonly env: NodeJS.ProcessEnv; readonly onFailure: (message: string) => void },
): Promise<Storage> {
  const audits = new Map<string, AuditFile | null>()
  const agentStorages = new Map<string, AgentStorage>()
  for (const loaded of agents) {
    const folder = openStateFolder(namedRoot(loaded), env)
    if (!audits.has(folder.path)) {
      if (!folder.ok) onFailure(`nothing is kept in ${folder.path} (${folder.reason}): ${WITHOUT_FOLDER_MESSAGE}`)
      audits.set(folder.path, folder.ok ? openAuditFile(folder.path, onFailure) : null)
    }
    const audit = audits.get(folder.path)
    const { name } = loaded.agent
    const store = folder.ok ? openGenerationStore(folder.path, name, onFailure) : null
    agentStorages.set(name, {
      store,
      earlier: store === null ? null : await readEarlier(store, loaded),
      audit: (step) => audit?.write({ t: new Date().toISOString(), agent: name, ...step }),
    })
  }
  return {
    of: (agentName) => agentStorages.get(agentName) ?? NO_STORAGE,
    earlier: new Map([...agentStorages].flatMap(([name, { earlier }]) => (earlier === null ? [] : [[name, earlier]]))),
    folders: [...audits].flatMap(([folder, audit]) => (audit === null ? [] : [folder])),
    close() {
      for (const audit of audits.values()) audit?.close()
    },
  }
}

/** What an unwritable folder means, and what to do. */
const WITHOUT_FOLDER_MESSAGE =
  'status, reload, rollback and history do not find this process; name a folder that may be written to in RUNNER_FOLDER'

const NO_STORAGE: AgentStorage = { store: null, earlier: null, audit() {} }

/** Reads the newest generation, and the last confirmed one, which is loaded only if its content differs from the agent's. */
async function readEarlier(store: GenerationStore, loaded: LoadedAgent): Promise<EarlierGenerations | null> {
  const stored = await store.list()
  const newest = stored.at(-1)
  if (newest === undefined) return null
  if (newest.hash === loaded.agent.hash) store.adopt(newest)
  const good = storedOfFile(stored, loaded).findLast(({ verdict }) => verdict === 'confirmed')
  if (good === undefined || good.hash === loaded.agent.hash) return { newest, confirmed: null }
  const read = await readStored(good, loaded)
  const isUsable = read.status === 'loaded' && read.agent.name === loaded.agent.name
  const { number, at } = good
  const source = good.source as GenerationSource
  return { newest, confirmed: isUsable ? { number, agent: read.agent, source, at, verdict: 'confirmed' } : null }
}
