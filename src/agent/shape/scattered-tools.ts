import { isMap } from '../is-map.ts'

/** Keys that begin a tool. */
const FIRST_KEYS = ['name', 'include', 'control', 'mcp']

/** Entries that are one tool with a "-" before each of its keys: the index of the first, and their number. */
interface ScatteredTool {
  readonly first: number
  readonly count: number
}

/** Finds the tools of a list whose keys are scattered over several entries. */
export function scatteredTools(tools: unknown): readonly ScatteredTool[] {
  const entries: readonly unknown[] = Array.isArray(tools) ? tools : []
  return entries.flatMap((entry, first): readonly ScatteredTool[] => {
    if (!isMap(entry) || !Object.hasOwn(entry, 'name') || isCompleteTool(entry)) return []
    const next = entries.findIndex((other, index) => index > first && !isContinuation(other))
    const count = (next < 0 ? entries.length : next) - first
    const together = Object.assign({}, ...entries.slice(first, first + count)) as { readonly [key: string]: unknown }
    return isCompleteTool(together) ? [{ first, count }] : []
  })
}

/** Whether an entry has all keys that a script or a request requires. */
export function isCompleteTool(tool: { readonly [key: string]: unknown }): boolean {
  return Object.hasOwn(tool, 'description') && (Object.hasOwn(tool, 'run') || Object.hasOwn(tool, 'http'))
}

function isContinuation(entry: unknown): boolean {
  return isMap(entry) && !FIRST_KEYS.some((key) => Object.hasOwn(entry, key))
}
