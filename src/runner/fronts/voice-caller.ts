import type { Agent } from '../../agent/agent.ts'
import type { Display } from '../../channels/display.ts'
import { soundPrograms } from '../../channels/voice/sound-programs.ts'
import { openVoice } from '../../channels/voice.ts'
import type { CallerLine, FrontSound } from './front-sound.ts'

/** A caller at the system's microphone and loudspeaker. */
export interface VoiceCaller {
  /** A line for the caller, shown at the start. */
  readonly headline: string
  /** Return on an empty line: with `manual` turn detection it begins and ends a turn, else it silences the agent. */
  pressReturn(): void
  attach(display: Display): void
  openSound(line: CallerLine): FrontSound
  /** Closes the devices. */
  close(): void
}

/** How to talk through the microphone; with `headphones`, it does not hear the agent. */
export interface MicOptions {
  readonly headphones: boolean
}

/** Opens the devices; a string says why it cannot. */
export async function openVoiceCaller(agent: Agent, { headphones }: MicOptions): Promise<VoiceCaller | string> {
  let line: CallerLine | null = null
  const isManual = () => line?.isManual() ?? false
  let display: Display | null = null
  let isPressed = false
  const voice = await openVoice({
    programs: soundPrograms(process.platform),
    formats: agent.audio,
    headphones,
    isListening: () => isPressed || !isManual(),
    emit: (event) => line?.emit(event),
    onLevel: (db) => display?.showLevel?.(db),
    onFailed: (message) => display?.note('error', `${message}; you can type until it is back`),
    onMicrophoneFound: () => display?.note('info', 'the microphone is back'),
  })
  if (typeof voice === 'string') return voice

  return {
    headline: headlineOf(voice.program.name, { headphones, isManual: agent.turn_detection.type === 'manual' }),
    attach: (openedDisplay) => {
      display = openedDisplay
    },
    pressReturn() {
      isPressed = isManual() && !isPressed
      line?.emit({ type: isPressed ? 'caller.pressed' : isManual() ? 'caller.committed' : 'caller.interrupted' })
    },
    openSound(callerLine) {
      line = callerLine
      return {
        open: (input, output) => voice.open({ input, output }),
        play: voice.play,
        playBeside: (_id, audio) => voice.playBeside(audio),
        pause: voice.pause,
        resume: voice.resume,
        clear: voice.clear,
        close: voice.close,
      }
    },
    close: voice.close,
  }
}

function headlineOf(program: string, { headphones, isManual }: MicOptions & { readonly isManual: boolean }): string {
  if (isManual) return `microphone: ${program}; Return on an empty line begins your turn, and ends it`
  const how = headphones
    ? 'speak whenever you like'
    : 'you are heard while the agent is silent (with headphones: --headphones)'
  return `microphone: ${program}; ${how}; Return on an empty line silences the agent`
}
