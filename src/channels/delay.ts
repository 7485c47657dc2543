import type { Playback } from './playback-clock.ts'

/** Playback whose sound is heard so much later than it is handed over. */
export function createDelay(playback: Playback, delayMs: number): Playback & { isPending(): boolean } {
  const timers = new Set<NodeJS.Timeout>()

  function forget(): void {
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
  }

  return {
    /** Whether something is on its way. */
    isPending: () => timers.size > 0,
    play(itemId, audio) {
      const timer = setTimeout(() => {
        timers.delete(timer)
        playback.play(itemId, audio)
      }, delayMs)
      timers.add(timer)
    },
    clear() {
      forget()
      playback.clear()
    },
    close() {
      forget()
      playback.close()
    },
  }
}
