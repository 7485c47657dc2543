import type { Composed } from '../composition/origin.ts'
import { type Fault, pointerOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { valueText } from '../value-text.ts'
import { joinQuoted } from './join-words.ts'
import { isCompleteTool } from './scattered-tools.ts'

/**
 * Entries that were meant to change a few settings of a tool in another list: that of a parent, which this list replaces, or one that is
 * included as well. Their missing keys are reported as that.
 */
export function mergePartialToolFaults(faults: readonly Fault[], parsed: Composed): readonly Fault[] {
  const tools: readonly unknown[] = listOf(Object(parsed.data).tools)
  const indices = new Set(faults.filter(({ rule }) => rule === 'RV102').map(indexOf))
  const partialTools = [...indices].flatMap((index) => {
    const tool = tools[index]
    const isPart = isMap(tool) && typeof tool.name === 'string' && tool.name !== '' && !isCompleteTool(tool)
    return isPart ? [{ index, name: valueText(tool.name) }] : []
  })
  const completeTools = new Map(
    tools.flatMap((tool, index) => (isMap(tool) && isCompleteTool(tool) ? [[tool.name, index]] : [])),
  )
  const merged = partialTools.flatMap(({ index, name }): readonly (readonly [number, Fault])[] => {
    const wholeIndex = completeTools.get(name)
    if (wholeIndex === undefined) return []
    const { file, start } = parsed.placeOf(['tools', wholeIndex, 'name'], 'value')
    const message = `"${name}" stands here in part, and whole at ${file}:${start.line}: two entries are not joined`
    const help = 'Change it there; or write all of it here, and leave it out there.'
    return [[index, { rule: 'RV102', message, help, ...at(index) }]]
  })
  const duplicated = new Set(merged.map(([index]) => index))
  const parentTools = listOf(parsed.replaced?.tools).filter(isMap)
  const parentNames = new Set(parentTools.map((tool) => tool.name))
  const hasIncludes = parentTools.some((tool) => typeof tool.include === 'string')
  const overrides = partialTools.filter((each) => !duplicated.has(each.index) && isOfParent(each))
  const [first] = overrides
  if (first !== undefined) {
    const words = joinQuoted(overrides.map(({ name }) => name))
    const verb = overrides.length === 1 ? 'stands' : 'stand'
    const message = `${words} ${verb} here in part, and this list takes the place of the whole list in ${parsed.replaced?.file}`
    const help =
      'Write every tool that is wanted here, each with all its settings; or change it there, and leave out tools: here.'
    merged.push([first.index, { rule: 'RV102', message, help, ...at(first.index) }])
  }
  const explained = new Set([...duplicated, ...overrides.map(({ index }) => index)])
  const rest = faults.filter((fault) => fault.rule !== 'RV102' || !explained.has(indexOf(fault)))
  return [...rest, ...merged.map(([, fault]) => fault)]

  /** At the name, so that the duplicate name is no second fault. */
  function at(index: number): Pick<Fault, 'place' | 'pointer'> {
    const path = ['tools', index, 'name']
    return { place: parsed.placeOf(path, 'value'), pointer: pointerOf(path) }
  }

  /** Whether the parent has a tool of that name, or may have it in a list that it includes. */
  function isOfParent({ index, name }: { readonly index: number; readonly name: string }): boolean {
    return parentNames.has(name) || (hasIncludes && Object(tools[index]).description === undefined)
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The index of the tool that a fault is in; NaN if it is in none. */
function indexOf({ pointer }: Fault): number {
  return Number(/^\/tools\/(\d+)\//.exec(pointer)?.[1])
}
