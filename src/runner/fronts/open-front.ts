import type { Agent } from '../../agent/agent.ts'
import { type CallerEvent, MAIN_CONVERSATION } from '../../channels/caller-event.ts'
import type { Display } from '../../channels/display.ts'
import { openJsonlOutput } from '../../channels/jsonl/output.ts'
import { readJsonl } from '../../channels/jsonl.ts'
import { openPlainDisplay } from '../../channels/plain-display.ts'
import { splitLines } from '../../channels/split-lines.ts'
import { openTerminal } from '../../channels/terminal.ts'
import { LINE_BYTES_MAX, openTurnQueue } from '../../channels/turn-queue.ts'
import type { WavFile } from '../../channels/wav/frame-source.ts'
import { createWavMicrophone, type WavMicrophone } from '../../channels/wav/microphone.ts'
import { openWavRecorder, type WavRecorder } from '../../channels/wav/recorder.ts'
import type { Log } from '../../io/log.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import type { FrameRenderer } from '../printing/frames.ts'
import type { Front } from './front.ts'
import { createJsonlFront } from './front-jsonl.ts'
import { createPeopleFront, type PeopleOptions } from './front-people.ts'
import { type CallerLine, createFrontSound, openRecordedSound } from './front-sound.ts'
import { type MicOptions, openVoiceCaller, type VoiceCaller } from './voice-caller.ts'

/** What the flags of `runner start` mean for the front. */
export interface FrontOptions {
  readonly agent: Agent
  readonly log: Log
  readonly frames: FrameRenderer
  readonly headline: readonly string[]
  readonly jsonl: boolean
  readonly withAudio: boolean
  /** With `--jsonl`: whether a conversation is open from the start. */
  readonly main: boolean
  /** Turns from the command line; may be empty. */
  readonly say: readonly string[]
  /** What the caller says in place of a microphone. */
  readonly audioIn: WavFile | null
  readonly audioOut: string | null
  /** Talk through the system's microphone. */
  readonly mic: MicOptions | null
}

/** Shown if no caller can type, as in a service started with `</dev/null`. */
const NO_INPUT_MESSAGE = 'standard input holds nothing to say: the conversation goes on until Ctrl-C or SIGTERM'
/** How long after the last frame of a WAV file an answer may still begin, in ms: the longest wait of turn detection, with a margin. */
const ANSWER_WAIT_MS = 4_000

/** Opens the front that the flags and standard input ask for; a message and an exit code say why it cannot. */
export async function openFront(options: FrontOptions): Promise<Front | { message: string; code: number }> {
  const { agent, audioIn, audioOut, mic, log } = options
  const caller = createMainCaller()
  const { emit, fileEnded: onEnded } = caller
  const microphone = audioIn === null ? null : createWavMicrophone(audioIn, { emit, onEnded })
  const voice = mic === null ? null : await openVoiceCaller(agent, mic)
  if (typeof voice === 'string') return { message: `--mic: ${voice}`, code: EXIT.notReady }
  // Opened last, because it overwrites an existing recording: a run that fails to start must not cost one.
  const rateHz = agent.audio.output.rate
  const onFailed = (reason: string) => log.error('the recording stopped', { reason })
  const recorder = audioOut === null ? null : await openWavRecorder({ path: audioOut, rateHz, onFailed })
  if (typeof recorder === 'string') {
    voice?.close()
    return { message: `--audio-out: ${recorder}`, code: EXIT.failed }
  }
  const devices = { caller, recorder, microphone, voice }
  return options.jsonl ? openJsonl(options, devices) : openPeople(options, devices)
}

interface Devices {
  readonly caller: MainCaller
  readonly recorder: WavRecorder | null
  readonly microphone: WavMicrophone | null
  readonly voice: VoiceCaller | null
}

/** The main conversation as its microphone sees it, from before it opens. */
interface MainCaller {
  emit(event: CallerEvent): void
  /** Called when the microphone's file has ended. */
  fileEnded(): void
  line: CallerLine | null
  onFileEnded: () => void
}

function createMainCaller(): MainCaller {
  const caller: MainCaller = {
    line: null,
    onFileEnded: () => {},
    emit: (event) => caller.line?.emit(event),
    fileEnded() {
      if (caller.line?.isManual()) caller.emit({ type: 'caller.committed' })
      caller.onFileEnded()
    },
  }
  return caller
}

function openJsonl({ withAudio, main, log }: FrontOptions, { caller, recorder, microphone }: Devices): Front {
  return createJsonlFront({
    withAudio,
    main,
    openChannel({ onInput, onBadLine, onEnd, onGone }) {
      const inputEnd = createInputEnd({ caller, microphone, end: onEnd })
      const onLost = (count: number) => log.warn('events were dropped, the reader is too slow', { count })
      const output = openJsonlOutput({ output: process.stdout, onDropped: onLost, onClosed: onGone })
      // If no main conversation was opened, nobody speaks the file.
      const onLinesEnded = () => (caller.line === null ? onEnd() : inputEnd.linesEnded())
      const reader = readJsonl({ input: process.stdin, onInput, onBadLine, onEnd: onLinesEnded })
      return {
        write: output.write,
        close() {
          inputEnd.close()
          reader.close()
          process.stdin.destroy()
          return output.close()
        },
      }
    },
    openSound(conversation, line) {
      const isMain = conversation === MAIN_CONVERSATION
      if (isMain) caller.line = line
      const ownMicrophone = isMain && microphone !== null ? { microphone } : {}
      return openRecordedSound(isMain ? recorder : null, line, ({ emit }) =>
        createFrontSound({ heardBy: 'clock', isListenedTo: withAudio, emit, ...ownMicrophone }),
      )
    },
    notify: (kind, message) => (kind === 'info' ? log.info(message) : log.warn(message)),
    closeDevices: () => closeDevices({ recorder, microphone }),
  })
}

function openPeople(options: FrontOptions, { caller, recorder, microphone, voice }: Devices): Front {
  const { say, frames, agent, log } = options
  const atTerminal = say.length === 0 && process.stdin.isTTY && process.stdout.isTTY
  const hint = `type to talk, edit ${agent.file} while you do; /help, Ctrl-C ends`
  const headlines = [...options.headline, ...(voice === null ? [] : [voice.headline])]
  return createPeopleFront({
    headline: atTerminal ? [...headlines, hint] : headlines,
    isRehearsal: say.length > 0,
    frames,
    openDisplay({ emit, quit }) {
      const opened = atTerminal
        ? openTerminal({
            input: process.stdin,
            output: process.stdout,
            emit,
            onQuit: quit,
            onForceQuit: () => process.exit(exitCodeOf('SIGINT')),
            onEmptyLine: voice?.pressReturn,
          })
        : openPlainDisplay({ output: process.stdout, onQuit: quit })
      const display = process.stdout.isTTY ? withLog(log, opened) : opened
      voice?.attach(display)
      return display
    },
    openSound(line) {
      caller.line = line
      return openRecordedSound(recorder, line, (recorded) => {
        if (voice !== null) return voice.openSound(recorded)
        const { emit } = recorded
        return microphone === null
          ? createFrontSound({ heardBy: 'printed', emit })
          : createFrontSound({ heardBy: 'clock', emit, microphone })
      })
    },
    ...(atTerminal ? {} : { openLines: linesOpener(say, { caller, microphone, voice }) }),
    closeDevices: () => closeDevices({ recorder, microphone }),
  })
}

/** Shows the log on the display if it goes to a terminal: written past the display, it would break into what is typed or said. */
function withLog(log: Log, display: Display): Display {
  log.showOn((level, text) => display.note(level === 'error' ? 'error' : level === 'warn' ? 'warning' : 'info', text))
  return {
    ...display,
    close() {
      log.showOn(null)
      display.close()
    },
  }
}

/** Turns that nobody types at the display: those of the command line, else the lines of standard input. */
function linesOpener(
  say: readonly string[],
  { caller, microphone, voice }: Omit<Devices, 'recorder'>,
): NonNullable<PeopleOptions['openLines']> {
  return ({ emit, end, notify, warn }) => {
    const source = say.length > 0 ? toAsyncIterable(say) : splitLines(process.stdin, LINE_BYTES_MAX)
    const inputEnd = createInputEnd({ caller, microphone, end })
    // If standard input is empty, the run goes on until a signal, unless a microphone's file will end it.
    const onEnd = ({ hadLines }: { hadLines: boolean }) => {
      if (hadLines || microphone !== null) inputEnd.linesEnded()
      else notify(NO_INPUT_MESSAGE)
    }
    const lines = openTurnQueue({ lines: source, emit, onEmptyLine: voice?.pressReturn, onWarning: warn, onEnd })
    return {
      quiet: lines.onQuiet,
      waitingLine: lines.waitingLine,
      close() {
        inputEnd.close()
        lines.close()
        if (say.length === 0) process.stdin.destroy()
      },
    }
  }
}

interface InputEndOptions extends Pick<Devices, 'caller' | 'microphone'> {
  end(): void
}

/** Calls `end` once the lines are over and the file is spoken, leaving time for an answer to begin. */
function createInputEnd({ caller, microphone, end }: InputEndOptions): { linesEnded(): void; close(): void } {
  let open = microphone === null ? 1 : 2
  let answerTimer: NodeJS.Timeout | undefined
  const inputEnded = () => {
    open -= 1
    if (open === 0) end()
  }
  caller.onFileEnded = () => {
    answerTimer = setTimeout(inputEnded, ANSWER_WAIT_MS)
  }
  return { linesEnded: inputEnded, close: () => clearTimeout(answerTimer) }
}

/** Closes both. An incomplete recording sets the exit code. */
async function closeDevices({ recorder, microphone }: Pick<Devices, 'recorder' | 'microphone'>): Promise<number> {
  microphone?.close()
  const fault = (await recorder?.close()) ?? null
  return fault === null ? EXIT.done : EXIT.failed
}

async function* toAsyncIterable(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}
