import type { Composed } from '../composition/origin.ts'
import { type Fault, keysOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { valueAt } from '../value-at.ts'
import { joinQuoted } from './join-words.ts'
import { formatSettings, subschemaAt } from './known-settings.ts'
import { allowsKey, subschemasFor } from './subschemas.ts'

/**
 * Words for settings that stand elsewhere, each told with how it is written there: beside what its file has there already, and together with
 * the other words that belong to one map.
 */
export function withMoveHelp(faults: readonly Fault[], { data, placeOf }: Composed): readonly Fault[] {
  const moved = faults.filter(isMoved)
  // What was read as what is meant by it does not stand there yet.
  const there = moved
    .filter(({ isReadOn }) => isReadOn)
    .reduce((rest, { moves }) => omitSetting(rest, moves.word), data)
  const beginnings = new Map<Fault, string | null>(moved.map((fault) => [fault, beginningOf(fault)]))
  return faults.map((fault) => (isMoved(fault) ? { ...fault, help: helpFor(fault) } : fault))

  /** The path to what is to be written: a setting, or the map round it where its file has none; null where all of it is there. */
  function beginningOf({ moves: { word }, place }: MovedFault): string | null {
    const keys = word.split('.')
    const isHere = (path: readonly string[]) =>
      valueAt(there, path) !== undefined && placeOf(path, 'key').file === place.file
    const length = keys.findIndex((_, index) => !isHere(keys.slice(0, index + 1)))
    return length < 0 ? null : keys.slice(0, length + 1).join('.')
  }

  function helpFor(fault: MovedFault): string {
    const beginning = beginnings.get(fault) ?? null
    const { word, note = '' } = fault.moves
    if (beginning === null) return `${word} is there already: remove one of the two.`
    const group = moved.filter((each) => beginnings.get(each) === beginning && each.place.file === fault.place.file)
    const above = beginning.slice(0, Math.max(0, beginning.lastIndexOf('.')))
    const map = above === '' ? null : valueAt(there, above.split('.'))
    const setting = beginning.slice(above.length).replace('.', '')
    if (isMap(map) && !allowsKey(subschemasFor(subschemaAt(above) ?? {}, map), setting))
      return `${above} of type ${map.type} has no ${setting}: remove it, or choose another type.`
    const words = group.length === 1 ? 'it' : joinQuoted(group.map(({ pointer }) => keysOf(pointer).at(-1) ?? ''))
    const where = above === '' ? 'there' : `into ${above}, which is there already`
    const help = above === '' && group.length === 1 ? fault.help : `Move ${words} ${where}:`
    return `${help} ${formatSettings(
      group.map(({ moves }) => moves),
      above,
    )}${note === '' ? '.' : note}`
  }
}

interface MovedFault extends Fault {
  readonly moves: NonNullable<Fault['moves']>
}

function isMoved(fault: Fault): fault is MovedFault {
  return fault.moves !== undefined
}

/** Data without a setting, and without the maps that hold nothing else. */
function omitSetting(data: unknown, word: string): unknown {
  const [key = '', ...inner] = word.split('.')
  if (!isMap(data)) return data
  const rest = inner.length === 0 ? undefined : omitSetting(data[key], inner.join('.'))
  const isLeft = isMap(rest) && Object.keys(rest).length > 0
  const others = Object.entries(data).filter(([name]) => name !== key)
  return Object.fromEntries(isLeft ? [...others, [key, rest]] : others)
}
