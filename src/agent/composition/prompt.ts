import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Place } from '../findings/diagnostic.ts'
import type { Fault } from '../findings/fault.ts'
import type { FileQuery, FileState, LoadContext } from '../load-request.ts'
import { FILE_BYTES_MAX } from '../reading/parsed-file.ts'
import { positionFinder } from '../reading/positions.ts'
import { decodeUtf8 } from '../reading/utf8.ts'
import type { RuleId } from '../rules.ts'
import { findNearPath, helpWithNearPath } from './near-paths.ts'
import { pathProblem } from './path-problem.ts'
import { escapesRoot, isInside } from './root.ts'

type PromptStep = { readonly status: 'needs'; readonly paths: readonly FileQuery[] } | PromptRead

export interface PromptRead {
  readonly status: 'read'
  readonly text: string
  /** Where it begins, if in a file of its own. */
  readonly place: Place | null
  readonly source: readonly [string, string] | null
  readonly faults: readonly Fault[]
}

/** The prompt's text, from the agent file or from the file it names. */
export function readPrompt({ request, parsed, data, root, files }: LoadContext): PromptStep {
  const { instructions, instructions_file: writtenPath } = data
  const inline = typeof instructions === 'string' ? instructions : ''
  const none = { status: 'read', text: inline, place: null, source: null, faults: [] } as const
  // If both are given, one of them will be removed, perhaps the file.
  if (typeof writtenPath !== 'string' || writtenPath === '' || instructions !== undefined) return none
  const pointer = '/instructions_file'
  const path = resolve(parsed.folderOf(['instructions_file']), writtenPath)
  const need = { path, part: 'whole' } as const
  const seen = files.get(need)
  if (seen === undefined) return { status: 'needs', paths: [need] }
  const fail = (rule: RuleId, what: string, help: string, suggest: readonly string[] = []) => {
    const place = parsed.placeOf(['instructions_file'], 'value')
    return {
      ...none,
      faults: [{ rule, message: `instructions_file: ${writtenPath} ${what}`, help, place, pointer, suggest }],
    }
  }
  const problem = pathProblem(writtenPath, seen.kind)
  if (problem !== null) return fail('RV201', problem.what, problem.help)
  const outside = seen.kind === 'absent' && escapesRoot(writtenPath, parsed.folderOf(['instructions_file']), root)
  const file = isAbsolute(writtenPath) ? writtenPath : join(dirname(parsed.fileOf(['instructions_file'])), writtenPath)
  if (seen.kind !== 'file' && !outside) {
    const [what, todo] = describeNonFile(seen)
    if (todo !== undefined) return fail('RV201', what, todo)
    const folder = parsed.folderOf(['instructions_file'])
    const { needs, near } = findNearPath({ writtenPath, folder, kind: 'prompt', self: request.path }, { root, files })
    if (needs.length > 0) return { status: 'needs', paths: needs }
    const { help, suggest } = helpWithNearPath(near, `Write the prompt to ${file}, or correct the path.`)
    return fail('RV201', what, help, suggest)
  }
  if (seen.kind !== 'file' || !isInside(seen.realPath, root))
    return fail('RV202', `lies outside ${root}`, 'Keep every file of an agent inside its project.')
  const decoded = decodeUtf8(seen.bytes)
  const source = decoded.text ?? decoded.readable
  const at = (offset: number) => {
    const position = positionFinder(source)(offset)
    return { file, start: position, end: position }
  }
  const failInPrompt = (rule: RuleId, message: string, help: string, offset: number): PromptStep => {
    return { ...none, source: [file, source], faults: [{ rule, message, help, place: at(offset), pointer }] }
  }
  if (seen.bytes.byteLength > FILE_BYTES_MAX) {
    const help = 'The model reads all of it before each answer: move what is to be looked up behind a tool.'
    return failInPrompt('RV007', `the prompt has more than ${FILE_BYTES_MAX} bytes`, help, 0)
  }
  if (decoded.text === undefined)
    return failInPrompt('RV001', decoded.message, 'Save the file as UTF-8.', source.length)
  return { ...none, text: decoded.text, place: { file, start: START, end: START }, source: [file, source] }
}

const START = { line: 1, column: 1, offset: 0 }

/** What is at the path of a prompt that is no file, and what to do about it. */
function describeNonFile(seen: Exclude<FileState, { kind: 'file' }>): readonly [what: string, help?: string] {
  switch (seen.kind) {
    case 'absent':
      return ['is missing']
    case 'directory':
      return ['is a folder', 'Name the file in it that holds the prompt.']
    case 'other':
      return ['is no regular file', 'Name a file that holds the prompt as text.']
    case 'unreadable':
      return [`cannot be read: ${seen.message}`, 'Correct the path, or give the runner the right to read it.']
    default:
      return seen satisfies never
  }
}

/** Maps offsets in the text of a setting to places in its file, which has quotes, folds and indentation. */
export function textLocator(text: string, place: Place, source: string): (start: number, end: number) => Place {
  const positions = positionFinder(source)
  const written = source.slice(place.start.offset, place.end.offset)
  return (start, end) => {
    const excerpt = text.slice(start, end).split('\n', 1)[0] ?? ''
    if (excerpt === '') return place
    let at = written.indexOf(excerpt)
    for (let before = text.indexOf(excerpt); before >= 0 && before < start && at >= 0; ) {
      before = text.indexOf(excerpt, before + 1)
      at = written.indexOf(excerpt, at + 1)
    }
    if (at < 0) return place
    const offset = place.start.offset + at
    return { file: place.file, start: positions(offset), end: positions(offset + excerpt.length) }
  }
}
