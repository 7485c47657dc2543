import { type Fault, isError, meantPointers } from './fault.ts'

/**
 * Without the faults that rest on a setting which is wrong itself: if they still are any once that one is corrected, they are reported
 * then. A key that is mistyped is the one that was meant.
 */
export function withoutCascadingFaults(faults: readonly Fault[], reading: readonly Fault[]): readonly Fault[] {
  if (faults.length === 0) return faults
  const errors = [...reading, ...faults].filter(isError)
  const wrong = new Set(errors.flatMap((fault) => [fault.pointer, ...meantPointers(fault)]))
  const unknownKeys = new Set(
    errors.filter(({ rule }) => rule === 'RV101' || rule === 'RV109').map(({ pointer }) => pointer),
  )
  const isWrong = (pointer: string) => {
    if (pointer.endsWith('/')) return [...wrong].some((each) => each.startsWith(pointer))
    return pointersDownTo(pointer).some((each) => wrong.has(each))
  }
  const meant = new Set(reading.filter(isError).flatMap(meantPointers))
  // Whether a variable is read there is known once the key is.
  const isUndecided = ({ rule, pointer }: Fault) =>
    (rule === 'RV206' && unknownKeys.has(pointer)) || (rule === 'RV102' && meant.has(pointer))
  return faults.filter((fault) => !isUndecided(fault) && !fault.dependsOn?.some(isWrong))
}

/** The pointer to a value, and to each value that holds it; the file itself is none of them. */
function pointersDownTo(pointer: string): readonly string[] {
  const keys = pointer.split('/').slice(1)
  return keys.map((_, index) => `/${keys.slice(0, index + 1).join('/')}`)
}
