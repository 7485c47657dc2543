import type { LoadedAgent } from '../../io/agent-file.ts'
import type { GenerationStore, StoredGeneration } from '../../io/storage/generation-store.ts'
import type { Generation } from '../../session/config-state.ts'
import type { Entry } from '../generations.ts'
import type { Outcome } from './agent-reload.ts'
import type { FaultsHere } from './judge-save.ts'
import { keptOfFile, readKept } from './read-kept.ts'

interface RollbackWanted {
  readonly loaded: LoadedAgent
  readonly inForce: Generation
  /** The generations of this process. */
  readonly own: readonly Entry[]
  /**
   * Number of the generation; null for the last confirmed one that differs from the one in force, or if there is none, the last not
   * refused.
   */
  readonly to: number | null
  readonly faultsHere: FaultsHere
}

/** Reads an older content of an agent as it was kept, or says why it cannot. */
export async function readOlder(
  store: GenerationStore | null,
  { loaded, inForce, own, to, faultsHere }: RollbackWanted,
): Promise<{ readonly kind: 'older'; readonly next: LoadedAgent; readonly number: number } | Outcome> {
  const stored = ((await store?.list()) ?? []).filter(isNotAnothers(own))
  const ofFile = lastGood(await keptOfFile(stored, loaded), inForce)
  const target = to === null && ofFile !== undefined ? ofFile : rollbackTarget(stored, inForce, to)
  if (typeof target === 'string') return { kind: 'unusable', message: target }
  const next = await readKept(target, loaded)
  if (next.status === 'rejected') return { kind: 'rejected', diagnostics: next.diagnostics }
  if (next.status !== 'loaded') return { kind: 'unusable', message: next.message }
  const diagnostics = faultsHere(next.agent)
  if (diagnostics.length > 0) return { kind: 'rejected', diagnostics }
  return { kind: 'older', next, number: target.number }
}

/** Two processes of one project each count their own generations: what another one kept under one of our numbers is left out. */
function isNotAnothers(own: readonly Entry[]): (stored: StoredGeneration) => boolean {
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
  const wanted = to === null ? 'no older generation that differs and was not refused' : `no generation ${to}`
  const numbers = [...new Set(stored.map(({ number }) => number))].join(', ') || 'none'
  return `there is ${wanted}; kept are: ${numbers}`
}

function lastGood(stored: readonly StoredGeneration[], { agent, number }: Generation): StoredGeneration | undefined {
  const older = stored.filter((one) => one.hash !== agent.hash && one.number < number && one.verdict !== 'refused')
  return older.findLast(({ verdict }) => verdict === 'confirmed') ?? older.at(-1)
}
