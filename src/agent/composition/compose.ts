import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { type Fault, type Path, pointerOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import type { FileQuery, Files, LoadRequest } from '../load-request.ts'
import { formatValue } from '../printing/format-value.ts'
import { parseFile } from '../reading/parsed-file.ts'
import type { RuleId } from '../rules.ts'
import { merge, omit } from './merge.ts'
import { findNearPath, helpWithNearPath } from './near-paths.ts'
import { type Composed, composedOf, originAt, type Part, type ReplacedTools, type Sourced } from './origin.ts'
import { isPartName } from './part-name.ts'
import { pathProblem } from './path-problem.ts'
import { escapesRoot, isInside } from './root.ts'
import { translateSettings } from './translate-settings.ts'
import { type SchemaScope, unknownCollections } from './unknown-collections.ts'

/** How many levels of parents an agent file may have, and how deep lists of tools may include one another. */
const DEPTH_MAX = 5
/** How many lists of tools one agent may include, counted as often as they are included. */
const INCLUDES_MAX = 64
/** How many tools the included lists may add up to; the schema's own limit for `tools` is smaller. */
const TOOLS_MAX = 1_024

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
export function compose(
  main: Part,
  { root, files, purpose }: Pick<LoadRequest, 'purpose'> & { readonly root: string; readonly files: Files },
): Composition {
  const needs: FileQuery[] = []
  const faults: Fault[] = [...main.parsed.faults]
  const parts: Part[] = [main]
  /** How often each list of tools is included. */
  const includeCounts = new Map<string, number>()
  /** It is validated by itself, and need not be a whole agent. */
  const isPart = purpose === 'validate' && isPartName(relative(root, main.realPath))
  let isPartial = isPart || main.parsed.data === undefined
  let included = 0
  let replaced: ReplacedTools | null = null

  const report = (fault: Fault) => faults.push(fault)
  const isList = isPart && Array.isArray(main.parsed.data)
  const extended = isList ? toolsAsAgent(main) : withParents(main, [main])
  const whole = withIncludedTools(extended)
  if (needs.length > 0) return { status: 'needs', paths: needs }
  return { status: 'composed', composed: composedOf(main, whole, replaced), faults, isPartial, parts }

  function withParents(part: Part, chain: readonly Part[]): Sourced {
    const own = translate({ data: part.parsed.data, origin: { part, path: [] } }, 'file')
    const writtenPath = isMap(own.data) && Object.hasOwn(own.data, 'extends') ? own.data.extends : null
    if (typeof writtenPath !== 'string' || writtenPath === '') {
      isPartial ||= writtenPath !== null
      return own
    }
    const rest = { ...own, data: omit(own.data, ['extends']) }
    const parent = open({ word: 'extends', writtenPath, from: part, path: ['extends'], chain })
    if (parent === null) return rest
    const { data, file } = parent.parsed
    if (!isMap(data)) {
      const what = data === null ? 'is empty' : 'is no map of settings'
      refuse(parent, [], { rule: 'RV104', message: `${file} ${what}`, help: 'Write settings such as voice: Sarah.' })
      return rest
    }
    const { version = 1 } = data
    if (version !== 1)
      refuse(parent, ['version'], {
        rule: 'RV111',
        message: `version is ${formatValue(version)}; this runner knows version 1`,
        help: 'Write version: 1.',
      })
    const base = withParents(parent, [...chain, parent])
    replaced = replacedTools(base, rest.data) ?? replaced
    return merge(base, rest)
  }

  /** Few files hold foreign settings: the code that translates them is loaded only if one does. */
  function translate(settings: Sourced, scope: SchemaScope): Sourced {
    return unknownCollections(settings.data, scope).length === 0 ? settings : translateSettings(settings, scope, report)
  }

  /** Replaces each include by the tools of its list, and translates foreign settings in every tool. */
  function withIncludedTools({ data, origin }: Sourced): Sourced {
    if (!isMap(data) || !Object.hasOwn(data, 'tools') || !Array.isArray(data.tools)) return { data, origin }
    if (!data.tools.some((tool) => includeOf(tool) !== null || unknownCollections(tool, 'tool').length > 0))
      return { data, origin }
    const list = originAt(origin, ['tools'])
    const tools = expand({ data: data.tools, origin: list }, [list.part])
    const inner = new Map(tools.map((tool, index) => [String(index), tool.origin]))
    const keys = Object.keys(data).map((key) => [key, originAt(origin, [key])] as const)
    return {
      data: { ...data, tools: tools.map((tool) => tool.data) },
      origin: { ...origin, inner: new Map([...keys, ['tools', { ...list, inner }]]) },
    }
  }

  function expand({ data, origin }: Sourced, chain: readonly Part[]): readonly Sourced[] {
    const items = (data as readonly unknown[]).map((item, index) => ({ data: item, origin: originAt(origin, [index]) }))
    return items.flatMap((item) => {
      const writtenPath = includeOf(item.data)
      if (writtenPath === null) return [translate(item, 'tool')]
      const { part, path } = item.origin
      included += 1
      if (included > INCLUDES_MAX) {
        if (included === INCLUDES_MAX + 1)
          refuse(part, [...path, 'include'], {
            rule: 'RV203',
            message: `more than ${INCLUDES_MAX} includes`,
            help: 'Join some of the lists.',
          })
        return []
      }
      const list = open({ word: 'include', writtenPath, from: part, path: [...path, 'include'], chain })
      if (list === null) return []
      const times = includeCounts.get(list.realPath) ?? 0
      includeCounts.set(list.realPath, times + 1)
      if (times > 0 && Array.isArray(list.parsed.data) && list.parsed.data.length > 0) {
        const message = `include: ${writtenPath} is there twice`
        const help = 'Remove one of the two.'
        if (times === 1) refuse(part, [...path, 'include'], { rule: 'RV204', message, help, text: writtenPath })
        return []
      }
      if (Array.isArray(list.parsed.data) && list.parsed.data.length <= TOOLS_MAX)
        return expand({ data: list.parsed.data, origin: { part: list, path: [] } }, [...chain, list])
      const { data: found, file } = list.parsed
      const isAgentFile = isMap(found) && Object.hasOwn(found, 'tools')
      const help = isAgentFile
        ? 'Remove the line tools: from it, and what is no tool.'
        : 'Write each tool as "- name: …".'
      refuse(list, [], {
        rule: 'RV104',
        message: `${file} ${found === null ? 'is empty' : 'is no list of tools'}`,
        help,
      })
      return []
    })
  }

  interface FileReference {
    readonly word: 'extends' | 'include'
    readonly writtenPath: string
    readonly from: Part
    readonly path: Path
    readonly chain: readonly Part[]
  }

  /** The file that is named; null if it is still needed, or cannot be used. */
  function open({ word, writtenPath, from, path: at, chain }: FileReference): Part | null {
    const path = resolve(dirname(from.path), writtenPath)
    const fail = (rule: RuleId, what: string, help: string, suggest: readonly string[] = []) =>
      refuse(from, at, { rule, message: `${word}: ${writtenPath} ${what}`, help, text: writtenPath, suggest })
    const need = { path, part: 'whole' } as const
    const seen = files.get(need)
    if (seen === undefined) {
      needs.push(need)
      return null
    }
    const problem = pathProblem(writtenPath, seen.kind)
    if (problem !== null) return fail('RV201', problem.what, problem.help)
    if (seen.kind === 'unreadable')
      return fail(
        'RV201',
        `cannot be read: ${seen.message}`,
        'Correct the path, or give the runner the right to read it.',
      )
    if (seen.kind === 'absent' && escapesRoot(writtenPath, dirname(from.path), root))
      return fail('RV202', `lies outside ${root}`, 'Keep every file of an agent inside its project.')
    if (seen.kind === 'absent' && writtenPath.includes(`\${env:`))
      return fail('RV206', 'names an environment variable, which is not read here', 'Write the path itself.')
    if (seen.kind === 'absent') {
      const absent = { writtenPath, folder: dirname(from.path), kind: 'settings', self: from.path } as const
      const found = findNearPath(absent, { root, files })
      needs.push(...found.needs)
      const create = `Create ${fileAt(writtenPath, from)}, or correct the path; it is relative to the file that names it.`
      const { help, suggest } = helpWithNearPath(found.near, create)
      return fail('RV201', 'is missing', help, suggest)
    }
    if (seen.kind !== 'file') {
      if (seen.kind === 'directory') return fail('RV201', 'is a folder', 'Name a file in it.')
      return fail('RV201', 'is no regular file', 'Name a file that holds text.')
    }
    if (!isInside(seen.realPath, root))
      return fail('RV202', `lies outside ${root}`, 'Keep every file of an agent inside its project.')
    const file = fileAt(writtenPath, from)
    if (chain.some((part) => part.realPath === seen.realPath)) {
      const cycle = [...chain.map(({ parsed }) => parsed.file), file].join(' → ')
      return fail('RV203', `leads in a circle: ${cycle}`, `Remove one ${word}.`)
    }
    if (chain.length > DEPTH_MAX)
      return fail('RV203', `is more than ${DEPTH_MAX} files away`, 'Join some of the files.')
    const known = parts.find((part) => part.path === path && part.parsed.file === file)
    if (known !== undefined) return known.parsed.data === undefined ? null : known
    const part = { parsed: parseFile(file, seen.bytes), path, realPath: seen.realPath }
    parts.push(part)
    faults.push(...part.parsed.faults)
    if (part.parsed.data !== undefined) return part
    isPartial = true
    return null
  }

  function refuse(part: Part, path: Path, fault: Omit<Fault, 'place' | 'pointer'>): null {
    const place = part.parsed.placeOf(path, 'value')
    const at = path.length > 0 ? place : { ...place, end: place.start }
    faults.push({ ...fault, place: at, pointer: pointerOf(path) })
    isPartial = true
    return null
  }
}

/** A file that another one names, as messages call it. */
function fileAt(writtenPath: string, from: Part): string {
  return isAbsolute(writtenPath) ? writtenPath : join(dirname(from.parsed.file), writtenPath)
}

/** A list of tools by itself, as an agent that has no more. */
function toolsAsAgent(part: Part): Sourced {
  const inner = new Map([['tools', { part, path: [] }]])
  return { data: { tools: part.parsed.data }, origin: { part, path: [], inner } }
}

function replacedTools({ data, origin }: Sourced, own: unknown): ReplacedTools | null {
  const { tools } = Object(data) as { readonly tools?: unknown }
  if (!Array.isArray(tools) || !Array.isArray(Object(own).tools)) return null
  return { file: originAt(origin, ['tools']).part.parsed.file, tools }
}

function includeOf(tool: unknown): string | null {
  if (!isMap(tool) || !Object.hasOwn(tool, 'include') || Object.keys(tool).length !== 1) return null
  return typeof tool.include === 'string' && tool.include !== '' ? tool.include : null
}
