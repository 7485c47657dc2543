/** A limit on what one caller may send: a steady rate, and a reserve that fills up while nothing comes. */
interface Rate {
  /** Takes that amount; false if the reserve did not hold it. */
  take(amount: number): boolean
}

/** `perSecond` flows in, and at most `atOnce` is held; `now` is a clock that never runs backwards, in ms. */
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
