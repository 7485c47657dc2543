import { setTimeout as pause } from 'node:timers/promises'
import { decode, encode } from '../audio/coding.ts'
import { durationMs, isSameFormat, type SoundFormat, silence } from '../audio/format.ts'
import { levelDb } from '../audio/loudness.ts'
import { toBytes, toSamples } from '../audio/pcm16.ts'
import type { CallerEvent } from './caller-event.ts'
import { createPlaybackClock, type Playback } from './playback/clock.ts'
import { createDelayedPlayback } from './playback/delay.ts'
import { type Capture, type CaptureOpened, openCapture } from './voice/device-capture.ts'
import { openSpeaker, type Speaker } from './voice/device-speaker.ts'
import { createRoomEcho } from './voice/room-echo.ts'
import type { SoundProgram } from './voice/sound-programs.ts'

/** The formats of a session. */
interface Formats {
  readonly input: SoundFormat
  readonly output: SoundFormat
}

interface VoiceOptions {
  readonly programs: readonly SoundProgram[]
  readonly formats: Formats
  /** The microphone does not hear the agent, so the caller can be heard while it speaks. */
  readonly headphones: boolean
  readonly emit: (event: CallerEvent) => void
  /** Whether the caller's sound is sent now. */
  readonly isListening: () => boolean
  /** The caller's level, in dB of full scale; null while nobody listens to them. */
  readonly onLevel: (db: number | null) => void
  /** A device is gone. It is used again once it is back. */
  readonly onFailed: (message: string) => void
  /** The microphone that was gone is back. */
  readonly onMicrophoneFound: () => void
}

/** A microphone and a loudspeaker. */
interface Voice extends Playback {
  /** A session is ready: from here on the caller's sound is sent, in its formats. */
  open(formats: Formats): void
  /**
   * Plays a short word alongside everything else, PCM16 at 24 kHz; nothing silences it. Without headphones it is left out, since the
   * microphone would hear it.
   */
  playBeside(audio: Uint8Array): void
  readonly program: SoundProgram
}

/** From handing sound on to hearing it, in ms: what the program and the system buffer. With PulseAudio, 60 to 110 were measured. */
const DEVICE_LATENCY_MS = 90
/** How often a microphone that is gone is looked for, in ms, and how many times: for ten minutes. */
const SEARCH_EVERY_MS = 2_000
const SEARCHES_MAX = 300
/** Rate of words played alongside, as the service sends them, in Hz. */
const BESIDE_RATE_HZ = 24_000

/** Opens the system's microphone and loudspeaker; a string says what was tried, and what to do. */
export async function openVoice(options: VoiceOptions): Promise<Voice | string> {
  const { programs, headphones, isListening, emit, onLevel, onFailed, onMicrophoneFound } = options
  let { input } = options.formats
  let isSessionOpen = false
  let isClosed = false
  let isMicrophoneGone = false
  const echo = createRoomEcho()
  /** A second loudspeaker, for sound played alongside: the system mixes the two. */
  let besideSpeaker: Speaker | null = null

  const opened = await openMicrophone(input, programs)
  if (!opened.ok) return noDeviceMessage(programs, opened.reasons)
  let { capture } = opened
  const { program } = capture
  let output = openOutput(options.formats.output)

  return {
    program,
    open(formats) {
      isSessionOpen = true
      if (!isSameFormat(input, formats.input)) void reopenMicrophone(formats.input)
      if (!isSameFormat(output.format, formats.output)) reopenOutput(formats.output)
    },
    play(itemId, audio) {
      echo.begin()
      output.speaker.play(output.format.format === 'pcm' ? audio : toBytes(decode(audio, output.format)))
      output.playback.play(itemId, audio)
    },
    playBeside(audio) {
      if (!headphones || isClosed) return
      // If the system plays only one sound at a time, only this word is lost.
      besideSpeaker ??= openSpeaker({
        program,
        rateHz: BESIDE_RATE_HZ,
        latencyMs: DEVICE_LATENCY_MS,
        onFailed: () => {},
      })
      besideSpeaker.play(audio)
    },
    pause() {
      echo.pause()
      output.speaker.pause()
      output.playback.pause()
    },
    resume() {
      echo.resume()
      output.speaker.resume()
      output.playback.resume()
    },
    clear() {
      echo.resume()
      output.speaker.silence()
      output.playback.clear()
    },
    close() {
      isClosed = true
      besideSpeaker?.close()
      capture.close()
      closeOutput()
    },
  }

  function openMicrophone(format: SoundFormat, from: readonly SoundProgram[]): Promise<CaptureOpened> {
    return openCapture({
      programs: from,
      rateHz: format.rate,
      onSound: (pcm) => onCaptured(pcm, format),
      onEnded: loseMicrophone,
    })
  }

  function openOutput(format: SoundFormat): Output {
    const speaker = openSpeaker({
      program,
      rateHz: format.rate,
      latencyMs: DEVICE_LATENCY_MS,
      onFailed: (reason) => onFailed(`the loudspeaker is gone: ${reason}`),
    })
    const playback = createDelayedPlayback(createPlaybackClock({ format, emit: onPlaybackEvent }), DEVICE_LATENCY_MS)
    return { format, speaker, playback }
  }

  /** Another session may use another format. */
  async function reopenMicrophone(format: SoundFormat): Promise<void> {
    input = format
    capture.close()
    const reopened = await openMicrophone(format, [program])
    // Meanwhile the voice was closed, or there is a session with yet another format.
    if (isClosed || input !== format) return reopened.ok ? reopened.capture.close() : undefined
    if (reopened.ok) useMicrophone(reopened.capture)
    else loseMicrophone(reopened.reasons.join('; '))
  }

  function useMicrophone(found: Capture): void {
    capture = found
    if (isMicrophoneGone) onMicrophoneFound()
    isMicrophoneGone = false
  }

  function loseMicrophone(reason: string): void {
    isMicrophoneGone = true
    onLevel(null)
    onFailed(`the microphone is gone: ${reason}`)
    void searchMicrophone(input)
  }

  /** A sound server that restarts is back within seconds, a headset once it is plugged in again. */
  async function searchMicrophone(format: SoundFormat): Promise<void> {
    for (let search = 0; search < SEARCHES_MAX; search += 1) {
      await pause(SEARCH_EVERY_MS, undefined, { ref: false })
      if (isClosed || input !== format) return
      const found = await openMicrophone(format, [program])
      if (isClosed || input !== format) return found.ok ? found.capture.close() : undefined
      if (found.ok) return useMicrophone(found.capture)
    }
  }

  function reopenOutput(format: SoundFormat): void {
    closeOutput()
    echo.end()
    echo.resume()
    output = openOutput(format)
  }

  function closeOutput(): void {
    output.speaker.close()
    output.playback.close()
  }

  function onCaptured(pcm: Uint8Array, format: SoundFormat): void {
    if (!isSessionOpen || isClosed) return
    if (!isListening()) return onLevel(null)
    const isSuppressed = !headphones && echo.isAudible
    const pcmFormat = { format: 'pcm', rate: format.rate } as const
    onLevel(isSuppressed ? null : levelDb(pcm, pcmFormat))
    if (isSuppressed) emit({ type: 'caller.audio', audio: silence(durationMs(pcm.byteLength, pcmFormat), format) })
    else emit({ type: 'caller.audio', audio: format.format === 'pcm' ? pcm : encode(toSamples(pcm), format) })
  }

  function onPlaybackEvent(event: CallerEvent): void {
    // Sound handed over since has not reached the loudspeaker yet.
    if (event.type === 'playback.drained' && output.playback.isPending()) return
    if (event.type === 'playback.drained' || event.type === 'playback.cleared') echo.end()
    emit(event)
  }
}

/** The loudspeaker in one format, and what is heard of it. */
interface Output {
  readonly format: SoundFormat
  readonly speaker: Speaker
  readonly playback: Playback & { isPending(): boolean }
}

function noDeviceMessage(programs: readonly SoundProgram[], reasons: readonly string[]): string {
  const browserHint = 'talk in the browser: without --mic, runner start serves a page'
  if (programs.length === 0) return `there is no voice in the terminal on this system; ${browserHint}`
  const packages = programs.map(({ install }) => install).join(', or ')
  return `no microphone gives sound (${reasons.join('; ')}); connect one, or install ${packages}, or ${browserHint}`
}
