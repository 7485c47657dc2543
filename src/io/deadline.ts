/**
 * Calls back after so many ms, behind all that had come in by then: where this process stood still meanwhile, or its machine did, an answer that
 * was in time is heard first. Gives what takes the call back.
 */
export function startDeadline(ms: number, what: () => void): () => void {
  let turn: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    // Data is read in the first turn, and the end of its stream told in the second.
    turn = setImmediate(() => {
      turn = setImmediate(what)
    })
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}
