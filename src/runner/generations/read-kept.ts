import { resolve } from 'node:path'
import { type LoadedAgent, type Read, readAgent, workingFolder } from '../../io/agent-file.ts'
import { filesSeen, type StoredGeneration } from '../../io/kept/generation-store.ts'

/** Loads a kept generation of an agent, its files as if they stood where they once stood. Never what stands there now in place of a text that was not kept. */
export async function readKept(stored: StoredGeneration, { agent, root }: LoadedAgent): Promise<Read> {
  const { file } = agent
  const instead = filesSeen(stored, root)
  if (instead.has(await pathOf(file))) return readAgent({ file, purpose: 'start', instead })
  const message = `generation ${stored.number} was kept of ${stored.file}, without a text of ${file}`
  return { status: 'missing', message, content: new Map(), root }
}

/** Those that hold a text of the agent's own file: another file of the project may name its agent alike, and keeps its generations beside. */
export async function keptOfFile(
  stored: readonly StoredGeneration[],
  { agent, root }: LoadedAgent,
): Promise<readonly StoredGeneration[]> {
  const path = await pathOf(agent.file)
  return stored.filter(({ files }) => files.some((one) => resolve(root, one.path) === path))
}

/** The path of an agent file as it was named, with its links as they are. */
export async function pathOf(file: string): Promise<string> {
  return resolve(await workingFolder(), file)
}
