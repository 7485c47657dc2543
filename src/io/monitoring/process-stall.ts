/** How often to look, in ms. */
const LOOK_MS = 500
/** The shortest standstill reported, in ms: callers hear it. */
const TOLD_MS = 1_500

/**
 * Reports for how many ms this process stood still, once it goes on: it had no processor, its machine slept, or it was busy. Returns a
 * function that ends it.
 */
export function watchStalls(onStall: (ms: number) => void): () => void {
  let lookedAt = performance.now()
  const looks = setInterval(() => {
    const now = performance.now()
    const ms = Math.round(now - lookedAt - LOOK_MS)
    lookedAt = now
    if (ms >= TOLD_MS) onStall(ms)
  }, LOOK_MS)
  looks.unref()
  return () => clearInterval(looks)
}
