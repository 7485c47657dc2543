import type { Composed } from '../composition/origin.ts'
import { authorPath, type Fault, keysOfPointer, pointerOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { valueAt } from '../value-at.ts'
import { joinQuoted } from './join-words.ts'
import { allowedPlaces } from './known-settings.ts'
import { mergeOverindentedSections } from './overindented-sections.ts'
import { mergePartialToolFaults } from './partial-tools.ts'
import { scatteredTools } from './scattered-tools.ts'
import { mergeUnindentedToolFaults } from './unindented-tools.ts'

/**
 * Merges faults that have one cause: keys below one that is indented too deep, a tool whose keys are scattered, not indented or at the
 * top of the file, and keys with the same advice.
 */
export function mergeRelatedFaults(faults: readonly Fault[], parsed: Composed): readonly Fault[] {
  const sections = mergeOverindentedSections(faults, parsed)
  const whole = mergeScatteredToolFaults(mergeHookListFaults(sections, parsed), parsed)
  const indented = mergeUnindentedToolFaults(mergePartialToolFaults(whole, parsed), parsed)
  return mergeSameAdvice(mergeTopLevelToolFaults(indented))
}

/** Entries of a hook's list that are maps: a list is one program and its arguments. */
function mergeHookListFaults(faults: readonly Fault[], parsed: Composed): readonly Fault[] {
  const listOf = ({ pointer }: Fault) => /^\/hooks\/[^/]+(?=\/\d+$)/.exec(pointer)?.[0]
  const merged = [...new Set(faults.map(listOf))].flatMap((list): readonly Fault[] => {
    const path = keysOfPointer(list ?? '')
    const entries = valueAt(parsed.data, path)
    if (list === undefined || !Array.isArray(entries) || !entries.every(isMap)) return []
    const place = parsed.placeOf(path, 'value')
    const isOne = entries.length === 1
    const message = `${authorPath(path)} is a list of maps; ${isOne ? 'a map' : 'one script'} is wanted`
    const help = isOne
      ? 'Remove the "-", or the brackets: it is one map, and no list of them.'
      : 'Keep one of them, without its "-", and let that script start the others.'
    return [{ rule: 'RV104', message, help, place, pointer: list }]
  })
  const mergedLists = new Set(merged.map(({ pointer }) => pointer))
  return [...faults.filter((fault) => !mergedLists.has(listOf(fault) ?? '')), ...merged]
}

/** A tool whose keys each have a "-" of their own: the missing keys of its entries are one fault. */
function mergeScatteredToolFaults(faults: readonly Fault[], { data, placeOf }: ParsedFile): readonly Fault[] {
  const { tools } = Object(data) as { readonly tools?: unknown }
  const scattered = scatteredTools(tools)
  const toolOf = new Map(
    scattered.flatMap((tool) => Array.from({ length: tool.count }, (_, index) => [tool.first + index, tool] as const)),
  )
  const indexOf = ({ rule, pointer }: Fault) =>
    rule === 'RV102' ? Number(/^\/tools\/(\d+)\//.exec(pointer)?.[1]) : Number.NaN
  const incomplete = new Set(faults.map(indexOf).filter((index) => toolOf.get(index)?.first === index))
  const isRepeated = (fault: Fault) => incomplete.has(toolOf.get(indexOf(fault))?.first ?? Number.NaN)
  const merged = scattered
    .filter(({ first }) => incomplete.has(first))
    .map(({ first, count }): Fault => {
      const next = ['tools', first + 1] as const
      const [key = ''] = Object.keys(Object((tools as readonly unknown[])[first + 1]))
      return {
        rule: 'RV102',
        message: `name is missing in tools[${first + 1}], whose keys are those of tools[${first}]`,
        help: `Remove the "-" before ${key}${count > 2 ? ' and what follows' : ''}, and indent it like name.`,
        place: placeOf(next, 'key'),
        pointer: pointerOf([...next, 'name']),
      }
    })
  return [...faults.filter((fault) => !isRepeated(fault)), ...merged]
}

function mergeTopLevelToolFaults(faults: readonly Fault[]): readonly Fault[] {
  const isOfTool = ({ rule, pointer, text = '' }: Fault) =>
    rule === 'RV101' && pointer.lastIndexOf('/') === 0 && allowedPlaces(text).texts.join() === 'to an entry of tools'
  const [first, ...others] = faults.filter(isOfTool)
  if (first === undefined || others.length === 0) return faults
  const words = joinQuoted([first, ...others].map(({ text = '' }) => text))
  const message = `${words} are settings of a tool, at the top of the file`
  const help = 'Move them below tools:, as one entry with its name and description: - name: ….'
  return [{ ...first, message, help }, ...faults.filter((fault) => !isOfTool(fault))]
}

/** Several keys of one map with the same advice are one fault. */
function mergeSameAdvice(faults: readonly Fault[]): readonly Fault[] {
  const groups = new Map<string, Fault[]>()
  for (const fault of faults) {
    if (fault.adviceScope === undefined) continue
    const group = `${fault.pointer.slice(0, fault.pointer.lastIndexOf('/'))} ${fault.help}`
    const others = groups.get(group)
    if (others === undefined) groups.set(group, [fault])
    else others.push(fault)
  }
  const several = [...groups.values()].filter(({ length }) => length > 1)
  const merged = several.map((group): Fault => {
    const [first = faults[0] as Fault] = group
    const words = joinQuoted(group.map(({ pointer }) => keysOfPointer(pointer).at(-1) ?? ''))
    const meant = group.flatMap((each) => each.meant ?? [])
    const help = first.help.replace(/(?<=[Rr]emove )it\b/, 'them').replace(/^It belongs/, 'They belong')
    return { ...first, message: `${words}${first.adviceScope} are no settings here`, help, meant }
  })
  const replaced = new Set(several.flat())
  return [...faults.filter((fault) => !replaced.has(fault)), ...merged]
}
