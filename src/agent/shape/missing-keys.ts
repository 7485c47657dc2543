import { type Fault, keysOf } from '../findings/fault.ts'
import { joined } from './words.ts'

/** Keys that are missing in one map as one fault. */
export function withMissingOnce(faults: readonly Fault[]): readonly Fault[] {
  const missing = faults.filter(({ rule, message }) => rule === 'RV102' && message.includes(IS_MISSING))
  const groups = [...Map.groupBy(missing, ({ pointer }) => pointer.slice(0, pointer.lastIndexOf('/'))).values()]
  const several = groups.filter(({ length }) => length > 1)
  const told = several.flatMap((group): readonly Fault[] => {
    const [first] = group
    if (first === undefined) return []
    const where = first.message.slice(first.message.indexOf(IS_MISSING) + IS_MISSING.length)
    const message = `${joined(group.map(({ pointer }) => keysOf(pointer).at(-1) ?? ''))} are missing${where}`
    const examples = group.flatMap(({ help }) => (help.startsWith(SUCH_AS) ? [help.slice(SUCH_AS.length)] : []))
    return [{ ...first, message, help: `Add them, such as ${joined(examples)}` }]
  })
  const apart = new Set(several.flat())
  return [...faults.filter((fault) => !apart.has(fault)), ...told]
}

const IS_MISSING = ' is missing'
const SUCH_AS = 'Add it, such as '
