/** Opens the browser's sound, with the worklets of the microphone and of the loudspeaker. It runs only after the page was touched. */
export async function openAudioContext(): Promise<AudioContext> {
  const context = new AudioContext({ latencyHint: 'interactive' })
  const modules = ['capture-worklet.js', 'playback-worklet.js']
  await Promise.all(modules.map((name) => context.audioWorklet.addModule(new URL(name, document.baseURI))))
  await context.resume()
  return context
}
