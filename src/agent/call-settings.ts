import { durationMs } from './duration.ts'

/** What holds for the calls of a tool, whatever answers them. */
export interface CallSettings {
  readonly timeoutMs: number
  /** Most of the output that goes to the model, marker included. */
  readonly maxOutputBytes: number
  /** The caller has to be asked first: a call runs only when it is repeated after he has spoken. */
  readonly confirm: boolean
  /** The model is answered at once and the conversation goes on; the outcome follows when the call has ended. */
  readonly background: boolean
  /** What becomes of a running call when the caller interrupts. */
  readonly onInterrupt: 'continue' | 'cancel'
  /** What becomes of a call while another of the same tool runs. */
  readonly concurrency: 'allow' | 'queue' | 'reject'
  /** What the agent says while a call takes longer than that; null for nothing. */
  readonly sayAfter: { readonly delayMs: number; readonly text: string } | null
}

/** The same as its author wrote it. */
export interface CallSettingsData {
  readonly timeout?: string
  readonly max_output?: number
  readonly confirm?: boolean
  readonly background?: boolean
  readonly on_interrupt?: CallSettings['onInterrupt']
  readonly concurrency?: CallSettings['concurrency']
  readonly say_after?: { readonly delay?: string; readonly text: string }
}

/** How long a call may take where the file does not say, in ms. */
const TIMEOUT_DEFAULT_MS = 8_000
/** How long a caller may hear nothing of a running call, where the file gives only the words, in ms. */
const SAY_AFTER_DEFAULT_MS = 2_000
/** Most of an output that goes to the model, in bytes: about 4,000 tokens. */
const OUTPUT_DEFAULT_BYTES = 16_384

/** How the calls of an entry under `tools:` are made, with defaults for what it does not say. */
export function callSettings(data: CallSettingsData): CallSettings {
  const { timeout, max_output, confirm, background, on_interrupt, concurrency, say_after } = data
  return {
    timeoutMs: durationMs(timeout ?? '') ?? TIMEOUT_DEFAULT_MS,
    maxOutputBytes: max_output ?? OUTPUT_DEFAULT_BYTES,
    confirm: confirm ?? false,
    background: background ?? false,
    onInterrupt: on_interrupt ?? 'continue',
    concurrency: concurrency ?? 'allow',
    sayAfter:
      say_after === undefined
        ? null
        : { delayMs: durationMs(say_after.delay ?? '') ?? SAY_AFTER_DEFAULT_MS, text: say_after.text },
  }
}
