import { durationMs } from './duration.ts'

/** What each process of a tool may use at most; null where the system's own limit stays. */
export interface ToolLimits {
  readonly memoryBytes: number | null
  /** Processor time, in whole seconds. */
  readonly cpuSeconds: number | null
  /** Open files. */
  readonly files: number | null
}

/** The same as its author wrote it. */
export interface ToolLimitsData {
  readonly memory?: string
  readonly cpu?: string
  readonly files?: number
}

/** Bounds of `memory`, in bytes. Below the lower one not even a shell starts. */
export const LIMIT_BYTES_MIN = 8 * 1_048_576
export const LIMIT_BYTES_MAX = 64 * 1_073_741_824

const UNITS: { readonly [unit: string]: number } = { MB: 1_048_576, GB: 1_073_741_824 }

/** Bytes of `256MB`, `2GB`; null for what is no size. */
export function memoryBytes(text: string): number | null {
  const match = /^(\d+)(MB|GB)$/.exec(text)
  return match === null ? null : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0)
}

/** The limits of a tool from what its author wrote; processor time is rounded up to whole seconds, which the system counts in. */
export function toolLimits({ memory, cpu, files }: ToolLimitsData): ToolLimits {
  const cpuMs = durationMs(cpu ?? '')
  return {
    memoryBytes: memoryBytes(memory ?? ''),
    cpuSeconds: cpuMs === null ? null : Math.ceil(cpuMs / 1_000),
    files: files ?? null,
  }
}
