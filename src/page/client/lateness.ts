/** How late the runner is heard, over one connection. */
interface Lateness {
  /** A new connection. */
  begin(): void
  /** The runner said this at `saidMs` of its own clock, and it has come at `cameMs` of this one; one that does not say when is never late. */
  came(saidMs: number | undefined, cameMs: number): void
  /** How much longer the last took than the quickest, in ms. */
  readonly ms: number
}

export function createLateness(): Lateness {
  let quickest = Number.POSITIVE_INFINITY
  let last = quickest
  return {
    begin() {
      quickest = Number.POSITIVE_INFINITY
      last = quickest
    },
    came(saidMs, cameMs) {
      if (saidMs === undefined) return
      last = cameMs - saidMs
      quickest = Math.min(quickest, last)
    },
    get ms() {
      return last === quickest ? 0 : last - quickest
    },
  }
}
