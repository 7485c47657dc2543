import type { Playback } from './clock.ts'

/** Playback whose sound is heard `delayMs` after it is handed over. */
export function createDelay(playback: Playback, delayMs: number): Playback & { isPending(): boolean } {
  const onTheWay = new Map<NodeJS.Timeout, () => void>()
  let isStill = false
  let goingOn: NodeJS.Timeout | undefined

  function forget(): void {
    for (const timer of onTheWay.keys()) clearTimeout(timer)
    onTheWay.clear()
    clearTimeout(goingOn)
  }

  return {
    /** Whether sound is on its way. */
    isPending: () => onTheWay.size > 0,
    play(itemId, audio) {
      const arrive = () => playback.play(itemId, audio)
      if (isStill) return arrive()
      const timer = setTimeout(() => {
        onTheWay.delete(timer)
        arrive()
      }, delayMs)
      onTheWay.set(timer, arrive)
    },
    /** Sound on its way was not heard: it joins the queue, and is on its way again from `resume()` on. */
    pause() {
      isStill = true
      const unheard = [...onTheWay.values()]
      forget()
      playback.pause()
      for (const arrive of unheard) arrive()
    },
    resume() {
      if (!isStill) return
      isStill = false
      goingOn = setTimeout(playback.resume, delayMs)
    },
    clear() {
      isStill = false
      forget()
      playback.clear()
    },
    close() {
      forget()
      playback.close()
    },
  }
}
