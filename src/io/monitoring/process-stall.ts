/** How often the clock is checked, in ms. */
const CHECK_EVERY_MS = 500
/** The shortest stall reported, in ms: callers hear it. */
const REPORTED_MS = 1_500

/**
 * Reports for how many ms this process stalled, once it continues: it had no processor, its machine slept, or it was busy. Returns a
 * function that ends it.
 */
export function watchStalls(onStall: (ms: number) => void): () => void {
  let checkedAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const ms = Math.round(now - checkedAt - CHECK_EVERY_MS)
    checkedAt = now
    if (ms >= REPORTED_MS) onStall(ms)
  }, CHECK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
