import { type Fault, keysOfPointer } from '../findings/fault.ts'
import { joinWords } from './join-words.ts'

/** Merges the faults of keys that are missing in one map. */
export function mergeMissingKeys(faults: readonly Fault[]): readonly Fault[] {
  const groups = [...Map.groupBy(faults.filter(isMissing), ({ pointer }) => parentPointer(pointer)).values()]
  const several = groups.filter(({ length }) => length > 1)
  const merged = several.flatMap((group) =>
    group.slice(0, 1).map((first) => ({ ...first, ...missingKeysMessage(group) })),
  )
  const replaced = new Set<Fault>(several.flat())
  return [...faults.filter((fault) => !replaced.has(fault)), ...merged]
}

/** The message and help for keys that are missing in one map. */
export function missingKeysMessage(
  missing: readonly Pick<MissingFault, 'pointer' | 'missing'>[],
): Pick<Fault, 'message' | 'help'> {
  const keys = missing.map(({ pointer }) => keysOfPointer(pointer).at(-1) ?? '')
  const examples = missing.flatMap(({ missing: { example } }, index) => {
    return example === undefined ? [] : [`${keys[index]}: ${example}`]
  })
  const [are, them] = keys.length === 1 ? ['is', 'it'] : ['are', 'them']
  const help = examples.length === 0 ? `Add ${joinWords(keys)}.` : `Add ${them}, such as ${joinWords(examples)}`
  return { message: `${joinWords(keys)} ${are} missing${missing[0]?.missing.where}`, help }
}

interface MissingFault extends Fault {
  readonly missing: NonNullable<Fault['missing']>
}

function isMissing(fault: Fault): fault is MissingFault {
  return fault.missing !== undefined
}

function parentPointer(pointer: string): string {
  return pointer.slice(0, pointer.lastIndexOf('/'))
}
