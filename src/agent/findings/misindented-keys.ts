import type { Fault } from './fault.ts'

interface Faults {
  readonly reading: readonly Fault[]
  readonly meaning: readonly Fault[]
}

/** Where a map is empty, a key of its own that stands twice in the lines below it is one that was not indented: it is reported with the map. */
export function mergeMisindentedKeys({ reading, meaning }: Faults): Faults {
  const merged = new Set<Fault>()
  const withHelp = meaning.map((fault): Fault => {
    const misindented = reading.filter((each) => isMisindentedKeyOf(fault, each))
    if (misindented.length === 0) return fault
    for (const key of misindented) merged.add(key)
    const names = [...misindented.map(({ text = '' }) => text), ...(fault.siblingKeys ?? [])]
    return { ...fault, help: indentHelp(fault.pointer, names) }
  })
  return { reading: reading.filter((fault) => !merged.has(fault)), meaning: withHelp }
}

/** What to do about the keys that belong below an empty one and are not indented; `pointer` is that of the empty one. */
export function indentHelp(pointer: string, keys: readonly string[]): string {
  const item = pointer.endsWith('/tools') ? ', with a "- " before the first' : ''
  return `Indent what belongs to it: ${[...new Set(keys)].join(', ')}${item}.`
}

function isMisindentedKeyOf(
  { allowedKeys = [], keyPlace, place }: Fault,
  { rule, place: at, text = '' }: Fault,
): boolean {
  if (rule !== 'RV003' || at.file !== place.file || at.start.column !== keyPlace?.start.column) return false
  const below = at.start.line - place.start.line
  return allowedKeys.includes(text) && below > 0 && below <= allowedKeys.length
}
