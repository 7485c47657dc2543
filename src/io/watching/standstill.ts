/** How often it is looked, in ms. */
const LOOK_MS = 500
/** A standstill that is told, in ms: callers hear it. */
const TOLD_MS = 1_500

/** Tells for how many ms this process stood still, each time once it goes on: it had no processor, its machine slept, or it was kept busy. Gives what ends that. */
export function watchStandstills(onStandstill: (ms: number) => void): () => void {
  let lookedAt = performance.now()
  const looks = setInterval(() => {
    const now = performance.now()
    const ms = Math.round(now - lookedAt - LOOK_MS)
    lookedAt = now
    if (ms >= TOLD_MS) onStandstill(ms)
  }, LOOK_MS)
  looks.unref()
  return () => clearInterval(looks)
}
