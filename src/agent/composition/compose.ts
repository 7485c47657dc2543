import { relative } from 'node:path'
import type { Fault } from '../findings/fault.ts'
import type { FileQuery, LoadRequest } from '../load-request.ts'
import { type Extended, joinParents } from './extends.ts'
import { includeTools } from './includes.ts'
import type { SearchSpace } from './near-paths.ts'
import { type Composed, composedOf, type Part } from './origin.ts'
import { isPartName } from './part-name.ts'

type Composition =
  | { readonly status: 'needs'; readonly paths: readonly FileQuery[] }
  | {
      readonly status: 'composed'
      readonly composed: Composed
      /** Faults of reading and joining, in the files that hold them. */
      readonly faults: readonly Fault[]
      /** A file could not be used, so what seems to be missing may be in it. */
      readonly isPartial: boolean
      readonly parts: readonly Part[]
    }

/** Joins an agent file with the files it extends and the lists of tools it includes. */
export function compose(main: Part, { root, files, purpose }: SearchSpace & Pick<LoadRequest, 'purpose'>): Composition {
  /** It is validated by itself, and need not be a whole agent. */
  const isPart = purpose === 'validate' && isPartName(relative(root, main.realPath))
  const isList = isPart && Array.isArray(main.parsed.data)
  const extended = isList ? toolsAsAgent(main) : joinParents([main], { root, files })
  const included = includeTools(extended.settings, { root, files })
  const outcomes = [...extended.outcomes, ...included.outcomes]
  const needs = outcomes.flatMap((each) => (each.status === 'needs' ? each.paths : []))
  if (needs.length > 0) return { status: 'needs', paths: needs }
  const refusals = outcomes.flatMap((each) => (each.status === 'refused' ? [each.fault] : []))
  const parts = withoutRepeated([main, ...outcomes.flatMap((each) => (each.status === 'opened' ? [each.part] : []))])
  return {
    status: 'composed',
    composed: composedOf(main, included.settings, extended.replaced),
    faults: [...parts.flatMap(({ parsed }) => parsed.faults), ...refusals, ...extended.faults, ...included.faults],
    isPartial: isPart || refusals.length > 0 || !extended.isWhole || parts.some(isUnreadable),
    parts,
  }
}

/** A list of tools by itself, as an agent that has no more. */
function toolsAsAgent(part: Part): Extended {
  const inner = new Map([['tools', { part, path: [] }]])
  const settings = { data: { tools: part.parsed.data }, origin: { part, path: [], inner } }
  return { settings, replaced: null, isWhole: true, outcomes: [], faults: [] }
}

/** A file that is named twice is one part, unless messages call it by two names. */
function withoutRepeated(parts: readonly Part[]): readonly Part[] {
  return parts.filter(({ path, parsed: { file } }, index) => {
    return parts.findIndex((other) => other.path === path && other.parsed.file === file) === index
  })
}

function isUnreadable({ parsed }: Part): boolean {
  return parsed.data === undefined
}
