import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type LoadedAgent, type Read, readAgent, workingFolder } from '../../io/agent-file.ts'
import { filesSeen, namedRoot, type StoredGeneration } from '../../io/kept/generation-store.ts'

/** Loads a kept generation of an agent, its files as if they stood where its files stand now. Never what stands there now in place of a text that was not kept. */
export async function readKept(stored: StoredGeneration, loaded: LoadedAgent): Promise<Read> {
  const { file } = loaded.agent
  const named = namedRoot(loaded)
  const root = await realpath(named).catch(() => loaded.root)
  const instead = filesSeen(stored, { named, root })
  if (instead.has(await pathOf(file))) return readAgent({ file, purpose: 'start', instead })
  const message = `generation ${stored.number} was kept of ${stored.file}, without a text of ${file}`
  return { status: 'missing', message, content: new Map(), root }
}

/** Those that hold a text of the agent's own file: another file of the project may name its agent alike, and keeps its generations beside. */
export async function keptOfFile(
  stored: readonly StoredGeneration[],
  loaded: LoadedAgent,
): Promise<readonly StoredGeneration[]> {
  const path = await pathOf(loaded.agent.file)
  const named = namedRoot(loaded)
  return stored.filter(({ files }) => files.some((one) => resolve(named, one.path) === path))
}

async function pathOf(file: string): Promise<string> {
  return resolve(await workingFolder(), file)
}
