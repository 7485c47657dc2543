import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Place } from './diagnostic.ts'
import type { Fault } from './fault.ts'
import { isInside } from './root.ts'
import type { Context, Need } from './seen.ts'

export type Prompt =
  | { readonly status: 'needs'; readonly paths: readonly Need[] }
  | {
      readonly status: 'read'
      readonly text: string
      readonly place: Place | null
      readonly source: readonly [string, string] | null
      readonly faults: readonly Fault[]
    }

/** The prompt's text, from the agent file or from the file it names. */
export function readPrompt({ parsed, data, root, files }: Context): Prompt {
  const { instructions, instructions_file: named } = data
  const none = {
    status: 'read',
    text: typeof instructions === 'string' ? instructions : '',
    place: null,
    source: null,
  } as const
  if (typeof named !== 'string' || named === '') return { ...none, faults: [] }
  const path = resolve(parsed.folderOf(['instructions_file']), named)
  const seen = files.get(path)
  if (seen === undefined) return { status: 'needs', paths: [{ path, part: 'whole' }] }
  const at = { place: parsed.placeOf(['instructions_file'], 'value'), pointer: '/instructions_file' }
  if (seen.kind !== 'file') {
    const message = `instructions_file: ${named} ${WHAT_IT_IS[seen.kind]}`
    return {
      ...none,
      faults: [{ rule: 'RV201', message, help: `Write the prompt to ${path}, or correct the path.`, ...at }],
    }
  }
  if (!isInside(seen.realPath, root)) {
    const message = `instructions_file: ${named} lies outside ${root}`
    return {
      ...none,
      faults: [{ rule: 'RV202', message, help: 'Keep every file of an agent inside its project.', ...at }],
    }
  }
  const file = isAbsolute(named) ? named : join(dirname(at.place.file), named)
  const text = decode(seen.bytes)
  if (text === null) {
    const message = `instructions_file: ${named} is not UTF-8 text`
    return { ...none, faults: [{ rule: 'RV001', message, help: 'Save the file as UTF-8.', ...at }] }
  }
  const start = { line: 1, column: 1, offset: 0 }
  return { status: 'read', text, place: { file, start, end: start }, source: [file, text], faults: [] }
}

const WHAT_IT_IS = {
  absent: 'is missing',
  directory: 'is a folder',
  other: 'is no regular file',
  unreadable: 'cannot be read',
} as const

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
