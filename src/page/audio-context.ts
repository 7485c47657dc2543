/**
 * Opens the browser's sound, with the worklets of the microphone and of the loudspeaker. It runs only after the page was touched; where it
 * stops later, or goes on, that is told.
 */
export async function openAudioContext(onState: (isRunning: boolean) => void): Promise<AudioContext> {
  const context = new AudioContext({ latencyHint: 'interactive' })
  const modules = ['capture-worklet.js', 'playback-worklet.js']
  await Promise.all(modules.map((name) => context.audioWorklet.addModule(new URL(name, document.baseURI))))
  await context.resume()
  context.onstatechange = () => onState(context.state === 'running')
  return context
}
