import type { AgentFileData } from './build.ts'
import type { Composed } from './composition/origin.ts'
import type { CompileParameters } from './tool.ts'

/** What stands at a path. Of a tool script the first bytes are enough. */
export type FileState =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly mode: number; readonly realPath: string }
  | { readonly kind: 'directory'; readonly realPath: string; readonly names?: readonly string[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'other' }

/**
 * A path to look at: its whole content, its first bytes, the names in a folder, or only what it is. What is optional is read if it is
 * there, and not waited for; a secret is read whole, and never kept.
 */
export interface FileQuery {
  readonly path: string
  readonly part: 'whole' | 'optional' | 'secret' | 'head' | 'names' | 'stat'
}

/** What was seen so far. A file of which less was looked at than is needed is one that was not seen. */
export interface Files {
  get(query: FileQuery): FileState | undefined
}

/** What is still being gathered. */
export interface FileStates extends Files {
  set(query: FileQuery, seen: FileState): void
}

/** Nothing read so far but what `fallback` holds. */
export function createFileStates(fallback?: Files): FileStates {
  const found = new Map<string, { readonly seen: FileState; readonly part: FileQuery['part'] }>()
  return {
    get(query) {
      const own = found.get(query.path)
      return own !== undefined && answers(own, query.part) ? own.seen : fallback?.get(query)
    },
    set: ({ path, part }, seen) => void found.set(path, { seen, part }),
  }
}

/** How much of a file each kind of read shows. */
const DETAIL = { stat: 0, names: 0, head: 1, secret: 2, whole: 2, optional: 2 } as const

/** Whether what one kind of read showed is all that another would; what is neither a file nor a folder holds nothing more. */
function answers(
  { seen, part }: { readonly seen: FileState; readonly part: FileQuery['part'] },
  requestedPart: FileQuery['part'],
): boolean {
  if (seen.kind === 'directory') return requestedPart !== 'names' || part === 'names'
  return seen.kind !== 'file' || DETAIL[part] >= DETAIL[requestedPart]
}

/** What a file is read for. Only `validate` takes one that is a part of agents. A missing interpreter is an error, and a warning for `start`. */
export type LoadPurpose = 'validate' | 'show' | 'start'

export interface LoadRequest {
  /** The agent file as its author named it. */
  readonly file: string
  /** The same, absolute. */
  readonly path: string
  readonly purpose: LoadPurpose
  /** Folders in which a bare program name is looked up. */
  readonly searchPath: readonly string[]
  /** What `${env:NAME}` may name. */
  readonly env: { readonly [name: string]: string | undefined }
  /** Without it the agent can be looked at and not be run, and loads the faster. */
  readonly compile?: CompileParameters | undefined
}

/** What the checks of one load share. */
export interface LoadContext {
  readonly request: LoadRequest
  readonly parsed: Composed
  readonly data: AgentFileData
  /** Folder that every path must stay in, links resolved. */
  readonly root: string
  readonly files: Files
}
