/** What can be watched of a running call. Texts are masked; of variables there are only the names. */
export type ToolTrace =
  | {
      readonly type: 'launched'
      readonly command: readonly string[]
      readonly cwd: string
      /** The script's hash, shortened. */
      readonly script: string | null
      readonly stdin: string
      readonly variables: readonly string[]
      /** Those named under `env` that it did not get: the runner has not got them either, or may not pass them on. */
      readonly unset: readonly string[]
    }
  | { readonly type: 'stderr'; readonly line: string }
  | { readonly type: 'signalled'; readonly signal: 'SIGTERM' | 'SIGKILL'; readonly ms: number }
  | {
      readonly type: 'exited'
      readonly exitCode: number | null
      readonly signal: string | null
      readonly stdout: string
      readonly ms: number
    }
  | {
      readonly type: 'requested'
      readonly method: string
      readonly url: string
      readonly headers: readonly string[]
      readonly body: string
    }
  | {
      readonly type: 'responded'
      readonly status: number
      readonly address: string
      readonly body: string
      readonly ms: number
    }
  /** The line with which a worker answered. */
  | { readonly type: 'replied'; readonly line: string }
  | { readonly type: 'asked'; readonly server: string; readonly arguments: string }
  | { readonly type: 'answered'; readonly ms: number; readonly detail: string | undefined }

/** Called for each event; without it, no events are made. */
export type Trace = (event: ToolTrace) => void
