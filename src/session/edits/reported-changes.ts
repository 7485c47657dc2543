import type { Generation } from '../generation.ts'
import type { SettingChange } from '../plan.ts'

/** How a report names changes: by their fields, and by their generation or as the conversation's own. */
export function reportedChanges({
  generation,
  changes,
  own,
}: {
  readonly generation: Generation
  readonly changes: readonly SettingChange[]
  readonly own: boolean
}): { readonly offered: number; readonly fields: readonly string[]; readonly own?: true } {
  return { offered: generation.number, fields: changes.map(({ field }) => field), ...(own ? { own } : {}) }
}
