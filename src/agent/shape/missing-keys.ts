import { type Fault, keysOf } from '../findings/fault.ts'
import { joined } from './words.ts'

/** The faults of keys that are missing in one map as one fault. */
export function withMissingOnce(faults: readonly Fault[]): readonly Fault[] {
  const groups = [...Map.groupBy(faults.filter(isMissing), ({ pointer }) => mapOf(pointer)).values()]
  const several = groups.filter(({ length }) => length > 1)
  const told = several.flatMap((group) => group.slice(0, 1).map((first) => ({ ...first, ...missingWords(group) })))
  const apart = new Set<Fault>(several.flat())
  return [...faults.filter((fault) => !apart.has(fault)), ...told]
}

/** What is said of keys that are missing in one map. */
export function missingWords(
  missing: readonly Pick<MissingFault, 'pointer' | 'missing'>[],
): Pick<Fault, 'message' | 'help'> {
  const keys = missing.map(({ pointer }) => keysOf(pointer).at(-1) ?? '')
  const examples = missing.flatMap(({ missing: { example } }, index) => {
    return example === undefined ? [] : [`${keys[index]}: ${example}`]
  })
  const [are, them] = keys.length === 1 ? ['is', 'it'] : ['are', 'them']
  const help = examples.length === 0 ? `Add ${joined(keys)}.` : `Add ${them}, such as ${joined(examples)}`
  return { message: `${joined(keys)} ${are} missing${missing[0]?.missing.where}`, help }
}

interface MissingFault extends Fault {
  readonly missing: NonNullable<Fault['missing']>
}

function isMissing(fault: Fault): fault is MissingFault {
  return fault.missing !== undefined
}

function mapOf(pointer: string): string {
  return pointer.slice(0, pointer.lastIndexOf('/'))
}
