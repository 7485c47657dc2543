/** The browser's sound. */
interface PageSound {
  /** A browser plays nothing before the page was touched: this is called by what the caller does. Opened once; where it has stopped, it goes on. */
  open(): Promise<AudioContext>
  /** Whether it is open, or is being opened. */
  readonly isBegun: boolean
}

interface PageSoundOptions {
  /** It runs, stopped in the middle, or goes on. */
  readonly onState: (isRunning: boolean) => void
  /** It could not be opened; the next touch tries anew. */
  readonly onFailed: (error: unknown) => void
}

export function createPageSound({ onState, onFailed }: PageSoundOptions): PageSound {
  let opening: Promise<AudioContext> | null = null
  return {
    get isBegun() {
      return opening !== null
    },
    open() {
      if (opening !== null) {
        void opening.then((context) => context.resume()).catch(() => {})
        return opening
      }
      opening = openContext(onState)
      opening.catch((error) => {
        opening = null
        onFailed(error)
      })
      return opening
    },
  }
}

/** With the worklets of the microphone and of the loudspeaker. */
async function openContext(onState: (isRunning: boolean) => void): Promise<AudioContext> {
  const context = new AudioContext({ latencyHint: 'interactive' })
  const modules = ['capture-worklet.js', 'playback-worklet.js']
  try {
    await Promise.all(modules.map((name) => context.audioWorklet.addModule(new URL(name, document.baseURI))))
    await context.resume()
  } catch (error) {
    void context.close()
    throw error
  }
  const tell = () => onState(context.state === 'running')
  context.onstatechange = tell
  tell()
  return context
}
