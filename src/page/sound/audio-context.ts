/** The browser's sound. */
interface PageSound {
  /**
   * Opens the sound once, or resumes it if it has stopped. Called from the caller's actions: a browser plays nothing before the page is
   * touched.
   */
  open(): Promise<AudioContext>
  /** Whether it is open, or being opened. */
  readonly isRequested: boolean
}

interface PageSoundOptions {
  /** Called when it runs, stops, or resumes. */
  readonly onState: (isRunning: boolean) => void
  /** Called if it could not be opened; the next touch tries again. */
  readonly onFailed: (error: unknown) => void
}

export function createPageSound({ onState, onFailed }: PageSoundOptions): PageSound {
  let opening: Promise<AudioContext> | null = null
  return {
    get isRequested() {
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

/**
 * How long a browser may take to open its sound, in ms: on first use with a busy disk it takes one second, with wireless headphones three.
 */
const OPEN_TIMEOUT_MS = 10_000

/** Opens a context with the worklets for the microphone and the loudspeaker. */
async function openContext(onState: (isRunning: boolean) => void): Promise<AudioContext> {
  const context = new AudioContext({ latencyHint: 'interactive' })
  try {
    await Promise.race([startContext(context), rejectAfterTimeout()])
  } catch (error) {
    void context.close()
    throw error
  }
  const reportState = () => onState(context.state === 'running')
  context.onstatechange = reportState
  reportState()
  return context
}

async function startContext(context: AudioContext): Promise<void> {
  const modules = ['capture-worklet.js', 'playback-worklet.js']
  await Promise.all(modules.map((name) => context.audioWorklet.addModule(new URL(name, document.baseURI))))
  await context.resume()
}

/** Rejects after the limit: a browser without a loudspeaker may never answer. */
function rejectAfterTimeout(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('no loudspeaker answers')), OPEN_TIMEOUT_MS)
  })
}
