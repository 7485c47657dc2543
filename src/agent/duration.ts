const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000 }

/** `8s`, `1200ms`, `2m`: milliseconds as an author writes them. */
export function durationText(ms: number): string {
  if (ms % 60_000 === 0 && ms > 0) return `${ms / 60_000}m`
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`
}

/** Milliseconds of `8s`, `1200ms`, `2m`; null for what is no duration. */
export function durationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text)
  return match === null ? null : Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0))
}
