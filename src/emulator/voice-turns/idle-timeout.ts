import type { Session } from '../session.ts'

/** `idle_timeout_ms`: a caller who stays silent this long after an answer gets another one. */
interface IdleTimeout {
  /** An answer has ended; its sound lasts this many ms more. */
  begin(soundingMs: number): void
  stop(): void
}

/** Calls `onTimeout` with the length of the silence, in ms. */
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
