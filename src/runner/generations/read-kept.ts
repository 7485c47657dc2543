import { resolve } from 'node:path'
import { type LoadedAgent, type Read, readAgent, workingFolder } from '../../io/agent-file.ts'
import { filesSeen, type StoredGeneration } from '../../io/kept/generation-store.ts'

/** Loads a kept generation of an agent, its files as if they stood where they once stood. Never what stands there now in place of a text that was not kept. */
export async function readKept(stored: StoredGeneration, { agent, root }: LoadedAgent): Promise<Read> {
  const { file } = agent
  const instead = filesSeen(stored, root)
  if (instead.has(resolve(await workingFolder(), file))) return readAgent({ file, purpose: 'start', instead })
  const message = `generation ${stored.number} was kept of ${stored.file}, without a text of ${file}`
  return { status: 'missing', message, content: new Map(), root }
}
