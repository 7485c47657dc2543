import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type AgentReadResult, type LoadedAgent, readAgent, workingFolder } from '../../io/agent-file.ts'
import { namedRoot, restoredFiles, type StoredGeneration } from '../../io/storage/generation-store.ts'

/**
 * Loads a stored generation of an agent, as if its files stood where the agent's stand now. A text that was not stored is never replaced by the
 * present one.
 */
export async function readStored(stored: StoredGeneration, loaded: LoadedAgent): Promise<AgentReadResult> {
  const { file } = loaded.agent
  const named = namedRoot(loaded)
  const root = await realpath(named).catch(() => loaded.root)
  const overrides = restoredFiles(stored, { named, root })
  if (overrides.has(pathOf(file))) return readAgent({ file, purpose: 'start', overrides })
  const message = `generation ${stored.number} was kept of ${stored.file}, without a text of ${file}`
  return { status: 'missing', message, files: new Map(), root }
}

/**
 * The stored generations that include the agent's own file: another file of the project may use the same agent name and store its generations
 * in the same place.
 */
export function storedOfFile(stored: readonly StoredGeneration[], loaded: LoadedAgent): readonly StoredGeneration[] {
  const path = pathOf(loaded.agent.file)
  const named = namedRoot(loaded)
  return stored.filter(({ files }) => files.some((one) => resolve(named, one.path) === path))
}

function pathOf(file: string): string {
  return resolve(workingFolder(), file)
}
