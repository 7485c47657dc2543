import type { Session } from '../session.ts'

/** `idle_timeout_ms`: a caller who says nothing for so long, once an answer was heard, is answered all the same. */
interface IdleTimeout {
  /** An answer is over; its sound lasts so many ms yet. */
  begin(soundingMs: number): void
  stop(): void
}

/** `onTimeout` is told how long the silence was, in ms. */
export function createIdleTimeout(session: () => Session, onTimeout: (ms: number) => void): IdleTimeout {
  let timer: NodeJS.Timeout | undefined
  return {
    begin(soundingMs) {
      clearTimeout(timer)
      const ms = session().audio.input.turn_detection?.idle_timeout_ms ?? null
      if (ms !== null) timer = setTimeout(onTimeout, soundingMs + ms, ms).unref()
    },
    stop: () => clearTimeout(timer),
  }
}
