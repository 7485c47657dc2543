/**
 * Calls back after `ms`, but only after handling what had come in by then: if this process or its machine stood still, an answer that was
 * in time still counts. Returns a function that cancels the call.
 */
export function startDeadline(ms: number, what: () => void): () => void {
  let turn: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    // The first turn reads data, the second one reports the end of its stream.
    turn = setImmediate(() => {
      turn = setImmediate(what)
    })
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}
