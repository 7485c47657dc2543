import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type Fault, type Path, pointerOf } from '../findings/fault.ts'
import type { FileQuery } from '../load-request.ts'
import { parseFile } from '../reading/parsed-file.ts'
import type { RuleId } from '../rules.ts'
import { findNearPath, helpWithNearPath, type SearchSpace } from './near-paths.ts'
import type { Part } from './origin.ts'
import { pathProblem } from './path-problem.ts'
import { escapesRoot, isInside } from './root.ts'

/** How many levels of parents an agent file may have, and how deep lists of tools may include one another. */
const DEPTH_MAX = 5

/** A file, the one that names it, and so on up to the first. */
export type Chain = readonly [Part, ...Part[]]

/** What comes of a file that another one names. */
export type Outcome =
  | { readonly status: 'needs'; readonly paths: readonly FileQuery[] }
  | { readonly status: 'refused'; readonly fault: Fault }
  | { readonly status: 'opened'; readonly part: Part }

/** A fault whose place is found by the path of its value. */
export type UnplacedFault = Omit<Fault, 'place' | 'pointer'>

interface FileReference {
  readonly word: 'extends' | 'include'
  readonly writtenPath: string
  /** Where it is written, in the first file of the chain. */
  readonly path: Path
  readonly chain: Chain
}

/** The file that is named; it may be one that cannot be read as YAML. */
export function openPart({ word, writtenPath, path: at, chain }: FileReference, { root, files }: SearchSpace): Outcome {
  const [from] = chain
  const folder = dirname(from.path)
  const path = resolve(folder, writtenPath)
  const fail = (rule: RuleId, what: string, help: string, suggest: readonly string[] = []) =>
    refused(from, at, { rule, message: `${word}: ${writtenPath} ${what}`, help, text: writtenPath, suggest })
  const failOutside = () => fail('RV202', `lies outside ${root}`, 'Keep every file of an agent inside its project.')
  const need = { path, part: 'whole' } as const
  const seen = files.get(need)
  if (seen === undefined) return { status: 'needs', paths: [need] }
  const problem = pathProblem(writtenPath, seen.kind)
  if (problem !== null) return fail('RV201', problem.what, problem.help)
  const file = isAbsolute(writtenPath) ? writtenPath : join(dirname(from.parsed.file), writtenPath)
  switch (seen.kind) {
    case 'unreadable':
      return fail(
        'RV201',
        `cannot be read: ${seen.message}`,
        'Correct the path, or give the runner the right to read it.',
      )
    case 'absent': {
      if (escapesRoot(writtenPath, folder, root)) return failOutside()
      if (writtenPath.includes(`\${env:`))
        return fail('RV206', 'names an environment variable, which is not read here', 'Write the path itself.')
      const found = findNearPath({ writtenPath, folder, kind: 'settings', self: from.path }, { root, files })
      if (found.needs.length > 0) return { status: 'needs', paths: found.needs }
      const create = `Create ${file}, or correct the path; it is relative to the file that names it.`
      const { help, suggest } = helpWithNearPath(found.near, create)
      return fail('RV201', 'is missing', help, suggest)
    }
    case 'directory':
      return fail('RV201', 'is a folder', 'Name a file in it.')
    case 'other':
      return fail('RV201', 'is no regular file', 'Name a file that holds text.')
    case 'file':
      break
    default:
      return seen satisfies never
  }
  if (!isInside(seen.realPath, root)) return failOutside()
  if (chain.some((part) => part.realPath === seen.realPath)) {
    const circle = [file, ...chain.map(({ parsed }) => parsed.file)].toReversed().join(' → ')
    return fail('RV203', `leads in a circle: ${circle}`, `Remove one ${word}.`)
  }
  if (chain.length > DEPTH_MAX) return fail('RV203', `is more than ${DEPTH_MAX} files away`, 'Join some of the files.')
  return { status: 'opened', part: { parsed: parseFile(file, seen.bytes), path, realPath: seen.realPath } }
}

/** A fault that keeps a file, or a reference to one, from being used; one of the whole file stands at its beginning. */
export function refused(part: Part, path: Path, fault: UnplacedFault): Outcome {
  const place = part.parsed.placeOf(path, 'value')
  const at = path.length > 0 ? place : { ...place, end: place.start }
  return { status: 'refused', fault: { ...fault, place: at, pointer: pointerOf(path) } }
}
