import type { StoredGeneration } from '../io/generation-store.ts'
import type { Generation } from '../session/config-state.ts'

/** Which kept generation a rollback means: the number given, else the last confirmed one that differs from what is in force. A string says why there is none. */
export function rollbackTarget(
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
