import type { LoadedAgent } from '../../io/agent-file.ts'
import type { GenerationStore, StoredGeneration } from '../../io/storage/generation-store.ts'
import type { Generation } from '../../session/generation.ts'
import type { GenerationEntry } from '../generations.ts'
import type { ProcessFaults, ReloadOutcome } from './consider-save.ts'
import { readStored, storedOfFile } from './read-stored.ts'

interface RollbackRequest {
  readonly loaded: LoadedAgent
  readonly inForce: Generation
  /** The generations of this process. */
  readonly own: readonly GenerationEntry[]
  /**
   * Number of the generation; null for the last confirmed one that differs from the one in force, or if there is none, the last not
   * refused.
   */
  readonly to: number | null
  readonly processFaults: ProcessFaults
}

/** Reads an older content of an agent as it was stored, or says why it cannot. */
export async function readOlderGeneration(
  store: GenerationStore | null,
  { loaded, inForce, own, to, processFaults }: RollbackRequest,
): Promise<{ readonly kind: 'older'; readonly next: LoadedAgent; readonly number: number } | ReloadOutcome> {
  const stored = ((await store?.list()) ?? []).filter(isNotFromOtherProcess(own))
  const ofFile = lastGood(storedOfFile(stored, loaded), inForce)
  const target = to === null && ofFile !== undefined ? ofFile : rollbackTarget(stored, inForce, to)
  if (typeof target === 'string') return { kind: 'unusable', message: target }
  const next = await readStored(target, loaded)
  if (next.status === 'rejected') return { kind: 'rejected', diagnostics: next.diagnostics }
  if (next.status !== 'loaded') return { kind: 'unusable', message: next.message }
  const diagnostics = processFaults(next.agent)
  if (diagnostics.length > 0) return { kind: 'rejected', diagnostics }
  return { kind: 'older', next, number: target.number }
}

/** Two processes of one project each count their own generations: what another one stored under one of our numbers is left out. */
function isNotFromOtherProcess(own: readonly GenerationEntry[]): (stored: StoredGeneration) => boolean {
  const hashes = new Map(own.map(({ number, agent }) => [number, agent.hash]))
  return ({ number, hash }) => (hashes.get(number) ?? hash) === hash
}

/** A string says why there is none. */
function rollbackTarget(
  stored: readonly StoredGeneration[],
  inForce: Generation,
  to: number | null,
): StoredGeneration | string {
  const target = to === null ? lastGood(stored, inForce) : stored.findLast(({ number }) => number === to)
  if (target !== undefined) return target
  const missing = to === null ? 'no older generation that differs and was not refused' : `no generation ${to}`
  const numbers = [...new Set(stored.map(({ number }) => number))].join(', ') || 'none'
  return `there is ${missing}; kept are: ${numbers}`
}

function lastGood(stored: readonly StoredGeneration[], { agent, number }: Generation): StoredGeneration | undefined {
  const older = stored.filter((one) => one.hash !== agent.hash && one.number < number && one.verdict !== 'refused')
  return older.findLast(({ verdict }) => verdict === 'confirmed') ?? older.at(-1)
}
