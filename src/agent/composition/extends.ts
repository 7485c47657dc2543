import type { Fault } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { formatValue } from '../printing/format-value.ts'
import { merge, omit } from './merge.ts'
import type { SearchSpace } from './near-paths.ts'
import { type Chain, type Outcome, openPart, refused } from './open-part.ts'
import { originAt, type Part, type ReplacedTools, type Sourced } from './origin.ts'
import { translate } from './translate.ts'

/** The settings of a file together with those of the files above it. */
export interface Extended {
  readonly settings: Sourced
  readonly replaced: ReplacedTools | null
  /** No value of `extends` is one that names no file. */
  readonly isWhole: boolean
  /** What came of each file that is named. */
  readonly outcomes: readonly Outcome[]
  /** Of foreign keys. */
  readonly faults: readonly Fault[]
}

/** Joins the first file of a chain with its parent, and that one's parents. */
export function joinParents(chain: Chain, space: SearchSpace): Extended {
  const [part] = chain
  const { settings: own, faults } = translate({ data: part.parsed.data, origin: { part, path: [] } }, 'file')
  const { extends: writtenPath = null } = isMap(own.data) ? own.data : {}
  const alone = { settings: own, replaced: null, isWhole: writtenPath === null, outcomes: [], faults }
  if (typeof writtenPath !== 'string' || writtenPath === '') return alone
  const rest = { ...own, data: omit(own.data, ['extends']) }
  const { parent, outcomes } = openParent(writtenPath, chain, space)
  if (parent === null) return { ...alone, settings: rest, isWhole: true, outcomes }
  const base = joinParents([parent, ...chain], space)
  return {
    settings: merge(base.settings, rest),
    replaced: replacedTools(base.settings, rest.data) ?? base.replaced,
    isWhole: base.isWhole,
    outcomes: [...outcomes, ...base.outcomes],
    faults: [...faults, ...base.faults],
  }
}

interface OpenedParent {
  /** Null if it is still needed, or cannot be used. */
  readonly parent: Part | null
  readonly outcomes: readonly Outcome[]
}

function openParent(writtenPath: string, chain: Chain, space: SearchSpace): OpenedParent {
  const opened = openPart({ word: 'extends', writtenPath, path: ['extends'], chain }, space)
  if (opened.status !== 'opened' || opened.part.parsed.data === undefined) return { parent: null, outcomes: [opened] }
  const parent = opened.part
  const { data, file } = parent.parsed
  if (!isMap(data)) {
    const message = `${file} ${data === null ? 'is empty' : 'is no map of settings'}`
    const refusal = refused(parent, [], { rule: 'RV104', message, help: 'Write settings such as voice: Sarah.' })
    return { parent: null, outcomes: [opened, refusal] }
  }
  const { version = 1 } = data
  if (version === 1) return { parent, outcomes: [opened] }
  const message = `version is ${formatValue(version)}; this runner knows version 1`
  return {
    parent,
    outcomes: [opened, refused(parent, ['version'], { rule: 'RV111', message, help: 'Write version: 1.' })],
  }
}

function replacedTools({ data, origin }: Sourced, own: unknown): ReplacedTools | null {
  const { tools } = Object(data) as { readonly tools?: unknown }
  if (!Array.isArray(tools) || !Array.isArray(Object(own).tools)) return null
  return { file: originAt(origin, ['tools']).part.parsed.file, tools }
}
