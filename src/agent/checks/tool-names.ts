import { type Fault, pointerOf } from '../findings/fault.ts'
import type { Check } from './check.ts'

/** What the model calls a tool. */
export function nameOfTool(tool: unknown): unknown {
  return Object(tool)[nameKeyOf(tool)]
}

/** The key that holds that: a control is called what it does. */
export function nameKeyOf(tool: unknown): 'name' | 'control' {
  return Object(tool).name === undefined ? 'control' : 'name'
}

/** Pointers to what decides how so many tools are called: while one is wrong, nobody knows which names there are. */
export function toolNamePointers(count: number): readonly string[] {
  const keys = ['name', 'control', 'include']
  return ['/tools', ...Array.from({ length: count }, (_, index) => keys.map((key) => `/tools/${index}/${key}`)).flat()]
}

/** Each tool has a name of its own. Names that differ in capitals alone are one: a model mixes them up. */
export const checkToolNames: Check = (data, { at }) => {
  const tools: readonly unknown[] = Array.isArray(data.tools) ? data.tools : []
  const firstIndices = new Map<string, number>()
  return tools.flatMap((tool, index): readonly Fault[] => {
    const name = nameOfTool(tool)
    if (typeof name !== 'string') return []
    const firstIndex = firstIndices.get(name.toLowerCase())
    if (firstIndex === undefined) {
      firstIndices.set(name.toLowerCase(), index)
      return []
    }
    const first = tools[firstIndex]
    // A control that is offered twice has a rule of its own.
    if (nameKeyOf(tool) === 'control' && nameKeyOf(first) === 'control') return []
    const [path, firstPath] = [
      ['tools', index, nameKeyOf(tool)],
      ['tools', firstIndex, nameKeyOf(first)],
    ]
    const taken = nameOfTool(first)
    const message = `tools[${firstIndex}] is called "${taken}"${taken === name ? ' as well' : ': but for capitals, that is the same'}`
    const help = 'Give each tool a name of its own.'
    return [{ rule: 'RV204', message, help, ...at(path), dependsOn: [pointerOf(firstPath)] }]
  })
}
