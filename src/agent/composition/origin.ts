import { dirname } from 'node:path'
import { keysOfPointer, type Path, pointerOf } from '../findings/fault.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'

/** One file that gives values to an agent. */
export interface Part {
  readonly parsed: ParsedFile
  /** Absolute, as it was named. */
  readonly path: string
  /** Absolute, links resolved: two names of one file are equal here. */
  readonly realPath: string
}

/** Where a value comes from. Without `inner` all that lies below it comes from the same place. */
export interface Origin {
  readonly part: Part
  readonly path: Path
  readonly inner?: ReadonlyMap<string, Origin>
}

/** A value and where it comes from. */
export interface Sourced {
  readonly data: unknown
  readonly origin: Origin
}

/** An agent composed of all its files: like one parsed file, and with the file of each value. */
export interface Composed extends ParsedFile {
  /** Folder of the file of a value, absolute: paths in it are relative to that folder. */
  folderOf(path: Path): string
  /** The file of a value, as places name it. */
  fileOf(path: Path): string
  /** JSON pointer inside the file of a value. */
  pointerInFile(pointer: string): string
  /** The list of tools of a parent that another list replaced. */
  readonly replaced: ReplacedTools | null
}

export interface ReplacedTools {
  /** As places name it. */
  readonly file: string
  readonly tools: readonly unknown[]
}

/** Composed data with the place of each value. */
export function composedOf(main: Part, { data, origin }: Sourced, replaced: ReplacedTools | null): Composed {
  const placeOf: ParsedFile['placeOf'] = (path, part) => {
    const at = originAt(origin, path)
    return at.part.parsed.placeOf(at.path, part)
  }
  return {
    ...main.parsed,
    data,
    replaced,
    placeOf,
    paths: () => [...pathsOf(data, [])].map((path) => ({ path, place: placeOf(path, 'value') })),
    folderOf: (path) => dirname(originAt(origin, path).part.path),
    fileOf: (path) => originAt(origin, path).part.parsed.file,
    pointerInFile: (pointer) => pointerOf(originAt(origin, keysOfPointer(pointer)).path),
  }
}

/** The origin of what lies below a value. */
export function originAt(origin: Origin, path: Path): Origin {
  let at = origin
  for (const [index, key] of path.entries()) {
    const inner = at.inner?.get(String(key))
    if (inner === undefined) return { part: at.part, path: [...at.path, ...path.slice(index)] }
    at = inner
  }
  return at
}

function* pathsOf(data: unknown, path: Path): Generator<Path> {
  yield path
  if (typeof data !== 'object' || data === null) return
  const keys = Array.isArray(data) ? data.keys() : Object.keys(data)
  for (const key of keys) yield* pathsOf((data as { [name: string]: unknown })[key], [...path, key])
}
