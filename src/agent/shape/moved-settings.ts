import type { Composed } from '../composition/origin.ts'
import { type Fault, keysOfPointer } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { valueAt } from '../value-at.ts'
import { valueText } from '../value-text.ts'
import { joinQuoted } from './join-words.ts'
import { formatSettings, subschemaAt } from './known-settings.ts'
import { allowsKey, subschemasFor } from './subschemas.ts'

/**
 * Adds to each fault of a setting that belongs into another map how it is written there: next to what its file has there already, and together
 * with the other settings for that map.
 */
export function withMoveHelp(faults: readonly Fault[], { data, placeOf }: Composed): readonly Fault[] {
  const moved = faults.filter(isMoved)
  // A setting that was only translated is not written there yet.
  const existing = moved
    .filter(({ isRecovered }) => isRecovered)
    .reduce((rest, { moves }) => omitSetting(rest, moves.setting), data)
  const missingPaths = new Map<Fault, string | null>(moved.map((fault) => [fault, missingPathOf(fault)]))
  return faults.map((fault) => (isMoved(fault) ? { ...fault, help: helpFor(fault) } : fault))

  /** The path of what has to be added: the setting, or the outermost map around it that its file lacks; null if the setting exists. */
  function missingPathOf({ moves: { setting }, place }: MovedFault): string | null {
    const keys = setting.split('.')
    const exists = (path: readonly string[]) =>
      valueAt(existing, path) !== undefined && placeOf(path, 'key').file === place.file
    const length = keys.findIndex((_, index) => !exists(keys.slice(0, index + 1)))
    return length < 0 ? null : keys.slice(0, length + 1).join('.')
  }

  function helpFor(fault: MovedFault): string {
    const missingPath = missingPaths.get(fault) ?? null
    const { setting, note = '' } = fault.moves
    if (missingPath === null) return `${setting} is there already: remove one of the two.`
    const group = moved.filter((each) => missingPaths.get(each) === missingPath && each.place.file === fault.place.file)
    const parent = missingPath.slice(0, Math.max(0, missingPath.lastIndexOf('.')))
    const map = parent === '' ? null : valueAt(existing, parent.split('.'))
    const key = missingPath.slice(parent.length).replace('.', '')
    if (isMap(map) && !allowsKey(subschemasFor(subschemaAt(parent) ?? {}, map), key))
      return `${parent} of type ${valueText(map.type)} has no ${key}: remove it, or choose another type.`
    const words =
      group.length === 1 ? 'it' : joinQuoted(group.map(({ pointer }) => keysOfPointer(pointer).at(-1) ?? ''))
    const where = parent === '' ? 'there' : `into ${parent}, which is there already`
    const help = parent === '' && group.length === 1 ? fault.help : `Move ${words} ${where}:`
    return `${help} ${formatSettings(
      group.map(({ moves }) => moves),
      parent,
    )}${note === '' ? '.' : note}`
  }
}

interface MovedFault extends Fault {
  readonly moves: NonNullable<Fault['moves']>
}

function isMoved(fault: Fault): fault is MovedFault {
  return fault.moves !== undefined
}

/** Data without a setting, and without maps that are empty then. */
function omitSetting(data: unknown, setting: string): unknown {
  const [key = '', ...inner] = setting.split('.')
  if (!isMap(data)) return data
  const rest = inner.length === 0 ? undefined : omitSetting(data[key], inner.join('.'))
  const isLeft = isMap(rest) && Object.keys(rest).length > 0
  const others = Object.entries(data).filter(([name]) => name !== key)
  return Object.fromEntries(isLeft ? [...others, [key, rest]] : others)
}
