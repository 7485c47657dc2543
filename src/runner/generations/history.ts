import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Agent } from '../../agent/agent.ts'
import { readAgent } from '../../io/agent-file.ts'
import { isSameFile } from '../../io/files/same-file.ts'
import { openGenerationStore, restoredFiles, type StoredGeneration } from '../../io/storage/generation-store.ts'
import { nearestStateFolder } from '../../io/storage/state-folder.ts'
import { describeChanges, type PlannedChange } from '../../session/edits/plan-text.ts'

/** One stored generation, and its difference from the last earlier one the service did not refuse: a refused one is never in force. */
export interface HistoryEntry extends Omit<StoredGeneration, 'files' | 'root'> {
  readonly files: readonly { readonly path: string; readonly sha256: string }[]
  /** Null for the oldest, and if one of the two can no longer be loaded. */
  readonly changes: readonly PlannedChange[] | null
}

/** Reads the stored generations of each agent of the project, oldest first, or of the one whose name or file is given. */
export async function readHistory(
  cwd: string,
  env: NodeJS.ProcessEnv,
  agent: string | null,
): Promise<ReadonlyMap<string, readonly HistoryEntry[]>> {
  const folder = nearestStateFolder(cwd, env, (state) => existsSync(join(state, 'generations')))
  if (folder === null) return new Map()
  const names = readdirSync(join(folder, 'generations'))
  const candidates = agent === null || !names.includes(agent) ? names : [agent]
  const each = candidates.map(async (name) => [name, await openGenerationStore(folder, name, () => {}).list()] as const)
  const stored = (await Promise.all(each)).filter(
    ([name, all]) => agent === null || name === agent || all.some((one) => isOfFile(agent, one)),
  )
  const history = stored.map(async ([name, all]) => [name, await historyOf(all)] as const)
  return new Map((await Promise.all(history)).filter(([, each]) => each.length > 0))
}

/** Whether the generation's agent is in that file. */
function isOfFile(path: string, { root, files: [main] }: StoredGeneration): boolean {
  return main !== undefined && isSameFile(path, resolve(root, main.path))
}

async function historyOf(stored: readonly StoredGeneration[]): Promise<readonly HistoryEntry[]> {
  const agents = await Promise.all(stored.map(loadStored))
  return stored.map(({ files, root: _root, ...rest }, index) => {
    const earlier = stored.slice(0, index).findLastIndex(({ verdict }) => verdict !== 'refused')
    const [before, after] = [agents[earlier] ?? null, agents[index] ?? null]
    const changes = before === null || after === null ? null : describeChanges(before, after)
    return { ...rest, files: files.map(({ path, sha256 }) => ({ path, sha256 })), changes }
  })
}

async function loadStored(stored: StoredGeneration): Promise<Agent | null> {
  const [main] = stored.files
  if (main === undefined) return null
  const { root } = stored
  const file = resolve(root, main.path)
  const read = await readAgent({ file, purpose: 'show', overrides: restoredFiles(stored, { named: root, root }) })
  return read.status === 'loaded' ? read.agent : null
}
