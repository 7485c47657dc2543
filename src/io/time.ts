/** The time in ms since the epoch. It never runs backwards, so it drifts from the wall clock where that is set. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now()
}

/**
 * Calls back after `ms`, but only after handling what had come in by then: if this process or its machine stalled, an answer that was
 * in time still counts. Returns a function that cancels the call.
 */
export function startDeadline(ms: number, onPassed: () => void): () => void {
  let turn: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    // The first turn reads data, the second one reports the end of its stream.
    turn = setImmediate(() => {
      turn = setImmediate(onPassed)
    })
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}
