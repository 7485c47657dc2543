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

/** How long a browser may take to open its sound, in ms: a cold one on a busy disk takes one second, wireless headphones three. */
const OPENING_MS = 10_000

/** With the worklets of the microphone and of the loudspeaker. */
async function openContext(onState: (isRunning: boolean) => void): Promise<AudioContext> {
  const context = new AudioContext({ latencyHint: 'interactive' })
  try {
    await Promise.race([begin(context), tooLate()])
  } catch (error) {
    void context.close()
    throw error
  }
  const tell = () => onState(context.state === 'running')
  context.onstatechange = tell
  tell()
  return context
}

async function begin(context: AudioContext): Promise<void> {
  const modules = ['capture-worklet.js', 'playback-worklet.js']
  await Promise.all(modules.map((name) => context.audioWorklet.addModule(new URL(name, document.baseURI))))
  await context.resume()
}

/** A browser that finds no loudspeaker may never answer. */
function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('no loudspeaker answers')), OPENING_MS)
  })
}
