const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000 }

/** Milliseconds of `8s`, `1200ms`, `2m`; null for what is no duration. */
export function durationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text)
  return match === null ? null : Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0))
}
