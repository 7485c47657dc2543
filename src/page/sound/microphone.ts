import type { CaptureFrame, CaptureOrder } from './capture-worklet.ts'

/** The caller's microphone while it is on. */
export interface Microphone {
  /** Whether the caller is heard; if not, silence is sent for a while, then nothing. */
  setHeard(isHeard: boolean): void
  close(): void
}

interface MicrophoneOptions {
  readonly context: AudioContext
  /** Rate of the session's input, in Hz. */
  readonly rateHz: number
  readonly onFrame: (frame: CaptureFrame) => void
  /** The system mutes or unmutes the device: by a switch on it, or for a telephone call. */
  readonly onMuted: (isMuted: boolean) => void
  /** The device is gone. */
  readonly onEnded: () => void
}

/** Opens the microphone with echo cancellation; a string says why it cannot. */
export async function openMicrophone(options: MicrophoneOptions): Promise<Microphone | string> {
  if (navigator.mediaDevices === undefined)
    return 'This browser gives a microphone only to pages on this machine or over https, such as behind a proxy with TLS. You can type.'
  let stream: MediaStream | null = null
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    })
    return startCapture(stream, options)
  } catch (error) {
    if (stream !== null) stopTracks(stream)
    return openErrorText(error)
  }
}

function startCapture(stream: MediaStream, options: MicrophoneOptions): Microphone {
  const { context, rateHz, onFrame, onMuted, onEnded } = options
  const source = context.createMediaStreamSource(stream)
  const node = new AudioWorkletNode(context, 'capture', {
    numberOfInputs: 1,
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
    processorOptions: { rate: rateHz },
  })
  node.port.onmessage = ({ data }: MessageEvent<CaptureFrame>) => onFrame(data)
  source.connect(node)
  for (const track of stream.getTracks()) {
    track.onmute = () => onMuted(true)
    track.onunmute = () => onMuted(false)
    track.onended = onEnded
  }
  return {
    setHeard: (isHeard) => node.port.postMessage({ open: isHeard } satisfies CaptureOrder),
    close() {
      node.port.onmessage = null
      source.disconnect()
      stopTracks(stream)
    },
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.onmute = null
    track.onunmute = null
    track.onended = null
    track.stop()
  }
}

function openErrorText(error: unknown): string {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError')
    return 'The browser may not use the microphone. Allow it next to the address of this page, then press again. You can type meanwhile.'
  if (name === 'NotFoundError') return 'No microphone was found. Plug one in, then press again. You can type meanwhile.'
  if (name === 'NotReadableError') return 'The microphone is in use by another program. Free it, then press again.'
  return `The microphone could not be opened (${name || String(error)}). You can type meanwhile.`
}
