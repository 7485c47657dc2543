/** A limit on what one caller may send: a steady rate, and a reserve that fills up while nothing comes. */
interface RateLimit {
  /** Takes that amount; false if the reserve did not hold it. */
  tryTake(amount: number): boolean
}

/** `perSecond` flows in, and at most `burst` is held; `now` is a clock that never runs backwards, in ms. */
export function createRateLimit(
  perSecond: number,
  burst: number,
  now: () => number = () => performance.now(),
): RateLimit {
  let tokens = burst
  let refilledAt = now()
  return {
    tryTake(amount) {
      const at = now()
      tokens = Math.min(burst, tokens + ((at - refilledAt) * perSecond) / 1_000)
      refilledAt = at
      tokens -= amount
      return tokens >= 0
    },
  }
}
