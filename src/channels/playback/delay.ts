import type { Playback } from './clock.ts'

/** Playback whose sound is heard `delayMs` after it is handed over. */
export function createDelayedPlayback(playback: Playback, delayMs: number): Playback & { isPending(): boolean } {
  const inFlight = new Map<NodeJS.Timeout, () => void>()
  let isPaused = false
  let resumeTimer: NodeJS.Timeout | undefined

  function cancelTimers(): void {
    for (const timer of inFlight.keys()) clearTimeout(timer)
    inFlight.clear()
    clearTimeout(resumeTimer)
  }

  return {
    /** Whether sound is in flight. */
    isPending: () => inFlight.size > 0,
    play(itemId, audio) {
      const arrive = () => playback.play(itemId, audio)
      if (isPaused) return arrive()
      const timer = setTimeout(() => {
        inFlight.delete(timer)
        arrive()
      }, delayMs)
      inFlight.set(timer, arrive)
    },
    /** Sound in flight was not heard: it joins the queue, and is in flight again from `resume()` on. */
    pause() {
      isPaused = true
      playback.pause()
      const unheard = [...inFlight.values()]
      cancelTimers()
      for (const arrive of unheard) arrive()
    },
    resume() {
      if (!isPaused) return
      isPaused = false
      resumeTimer = setTimeout(playback.resume, delayMs)
    },
    clear() {
      isPaused = false
      cancelTimers()
      playback.clear()
    },
    close() {
      cancelTimers()
      playback.close()
    },
  }
}
