/** Virtual time: whatever is due next happens at once, at its own time. */
export interface VirtualTime {
  /** In ms since the epoch. */
  readonly now: number
  /** Calls back after so many ms; returns a function that cancels this. */
  after(ms: number, callback: () => void): () => void
  /** Lets time pass until `until` is true, at most for so many ms; returns whether it became true. */
  run(ms: number, until?: () => boolean): boolean
}

interface Due {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

export function createVirtualTime(start: number): VirtualTime {
  let now = start
  let count = 0
  let queue: Due[] = []

  function earliest(): Due | undefined {
    return queue.reduce<Due | undefined>(
      (first, due) =>
        first === undefined || due.at < first.at || (due.at === first.at && due.order < first.order) ? due : first,
      undefined,
    )
  }

  return {
    get now() {
      return now
    },
    after(ms, callback) {
      count += 1
      const due = { at: now + Math.max(0, ms), order: count, callback }
      queue.push(due)
      return () => {
        queue = queue.filter((other) => other !== due)
      }
    },
    run(ms, until = () => false) {
      const end = now + ms
      while (!until()) {
        const due = earliest()
        if (due === undefined || due.at > end) {
          now = end
          return until()
        }
        queue = queue.filter((other) => other !== due)
        now = due.at
        due.callback()
      }
      return true
    },
  }
}
