/** What one caller may send: a steady flow, and a store that fills up while nothing comes. */
interface Rate {
  /** False when more was sent than the store holds. */
  take(amount: number): boolean
}

/** `perSecond` flow in, `atOnce` are held at most; `now` is a clock that never runs backwards, in ms. */
export function createRate(perSecond: number, atOnce: number, now: () => number = () => performance.now()): Rate {
  let held = atOnce
  let at = now()
  return {
    take(amount) {
      const moment = now()
      held = Math.min(atOnce, held + ((moment - at) * perSecond) / 1_000)
      at = moment
      held -= amount
      return held >= 0
    },
  }
}
