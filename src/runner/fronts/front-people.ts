import { type CallerEvent, MAIN_CONVERSATION } from '../../channels/caller-event.ts'
import type { Display, NoteKind } from '../../channels/display.ts'
import type { Drain } from '../../session/event.ts'
import type { Conversation } from '../conversation.ts'
import { EXIT } from '../exit-code.ts'
import type { FrameRenderer } from '../printing/frames.ts'
import type { Front } from './front.ts'
import type { CallerLine, FrontSound } from './front-sound.ts'
import { createRehearsal } from './rehearsal.ts'
import { createReportDisplay } from './report-display.ts'

/** The parts of a front for one person. */
export interface PeopleOptions {
  /** The terminal or pipe that shows the words; its caller events go to `emit`. */
  readonly openDisplay: (handlers: { emit(event: CallerEvent): void; quit(): void }) => Display
  readonly openSound: (line: CallerLine) => FrontSound
  /** Typed turns that do not come from the display; `quiet` is called when the previous answer was heard. */
  readonly openLines?: (handlers: LinesHandlers) => { quiet(): void; waitingLine(): string | null; close(): void }
  readonly frames: FrameRenderer
  readonly headline: readonly string[]
  /**
   * Its turns come from the command line: a tool or an answer that fails, a turn that is never said, or a signal before the end, sets the
   * exit code.
   */
  readonly isRehearsal?: boolean
  /** Closes the microphone and the recorder. Returns the exit code of faults that only show then. */
  readonly closeDevices: () => Promise<number>
}

interface LinesHandlers {
  emit(event: CallerEvent): void
  end(): void
  notify(message: string): void
  warn(message: string): void
}

/**
 * One conversation for a person: at a terminal, through a pipe, or from the command line. Input is opened only once the conversation can
 * take it.
 */
export function createPeopleFront(options: PeopleOptions): Front {
  const finished = Promise.withResolvers<number>()
  let conversation: Conversation | null = null
  const emit = (event: CallerEvent) => conversation?.dispatch(event)
  const stop = (drain: Drain) => (conversation === null ? finish(false) : conversation.stop(drain))
  const sound = options.openSound({ emit, isManual: () => conversation?.isManual ?? false })
  const rehearsal = createRehearsal()
  const pendingNotes: { readonly kind: NoteKind; readonly text: string }[] = options.headline.map((text) => ({
    kind: 'info',
    text,
  }))
  let display: Display | null = null
  let lines: ReturnType<NonNullable<PeopleOptions['openLines']>> | undefined

  function notify(kind: NoteKind, text: string): void {
    if (display === null) pendingNotes.push({ kind, text })
    else display.note(kind, text)
  }

  function finish(hasFailed: boolean): void {
    if (hasFailed) return finished.resolve(EXIT.notReady)
    const missing = { unavailable: conversation?.unavailable ?? [], unsaid: lines?.waitingLine() ?? null }
    const fault = options.isRehearsal === true ? rehearsal.fault(missing) : null
    if (fault !== null) notify('error', fault.message)
    finished.resolve(fault?.code ?? EXIT.done)
  }

  return {
    finished: finished.promise,
    begin(runner) {
      display = options.openDisplay({ emit, quit: () => stop(false) })
      const show = createReportDisplay(display, options.frames)
      for (const { kind, text } of pendingNotes) display.note(kind, text)
      lines = options.openLines?.({
        emit,
        end: () => conversation?.stop('said'),
        notify: (message) => notify('info', message),
        warn: (message) => notify('warning', message),
      })
      const opened = runner.open(
        { name: MAIN_CONVERSATION, agent: null },
        {
          sound,
          onReport(report) {
            rehearsal.observe(report)
            show(report)
          },
          onRest(rest) {
            if (rest === 'heard') lines?.quiet()
          },
          onClosed: (ending) => finish(ending.failed),
        },
      )
      if ('message' in opened) {
        notify('error', opened.message)
        finished.resolve(EXIT.notReady)
      } else conversation = opened
    },
    notify,
    stop(drain, signal) {
      if (signal !== undefined) rehearsal.noteSignal(signal)
      lines?.close()
      stop(drain)
      if (drain === 'heard') sound.beginEnding?.()
    },
    async close() {
      lines?.close()
      sound.close()
      const code = await options.closeDevices()
      display?.close()
      return code
    },
  }
}
