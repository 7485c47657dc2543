import type { Writable } from 'node:stream'
import { wrapLine } from '../agent/columns.ts'
import { TEXT_MAX } from '../page/protocol.ts'
import { commandHelp } from './caller-commands.ts'
import type { CallerEvent } from './caller-event.ts'
import { CUT_OFF_MARK, type Display, type NoteKind } from './display.ts'
import { toPrintable } from './printable.ts'
import { openDumbTerminal } from './terminal/dumb-terminal.ts'
import { createGutter } from './terminal/gutter.ts'
import { type KeySource, openKeyboard } from './terminal/keyboard.ts'
import { meterMark } from './terminal/level-meter.ts'
import { visiblePart } from './terminal/line-editor.ts'
import { createLiveRegion } from './terminal/live-region.ts'
import { appendSpeech, emptySpeech, type Speech, type SpokenRow, splitAtWord } from './terminal/speech-rows.ts'
import { createTypedTurns } from './terminal/typed-turns.ts'

interface TerminalOptions {
  readonly input: KeySource
  readonly output: Writable & { readonly columns?: number }
  readonly emit: (event: CallerEvent) => void
  /** Ctrl-C, Ctrl-D, `/quit`, or a terminal that is gone; may be called again. */
  readonly onQuit: () => void
  /** Ctrl-C again, to stop waiting for the end. The terminal is closed by then. */
  readonly onForceQuit?: () => void
  /** Return on an empty line. */
  readonly onEmptyLine?: (() => void) | undefined
  /** The source of `NO_COLOR` and `TERM`. */
  readonly env?: { readonly [name: string]: string | undefined }
}

/** A person at a terminal: the agent's words stream in above a line that can be edited meanwhile. */
export function openTerminal({ env = process.env, ...options }: TerminalOptions): Display {
  if (env.TERM === 'dumb') return openDumbTerminal(options)
  return openScreen(options, (env.NO_COLOR ?? '') === '')
}

/** Used if the terminal reports no width or 0, as those opened by programs do. */
const COLUMNS_DEFAULT = 80
/** The narrowest width drawn for. */
const COLUMNS_MIN = 8
/** How long quitting may take before the terminal says so, in ms. */
const SLOW_QUIT_MS = 500
/** How long the signal may take to stop the job, in ms. */
const RESUME_AFTER_MS = 50
/** Marks pasted text, so that its line ends do not send it in pieces (xterm's bracketed paste). */
const BRACKETED_PASTE_ON = '\u001b[?2004h'
const BRACKETED_PASTE_OFF = '\u001b[?2004l'
const SILENCE_HELP = 'Esc     silence the agent'
/** Moves to the first visible row (ECMA-48). */
const CURSOR_HOME = '\u001b[H'

function openScreen(options: Omit<TerminalOptions, 'env'>, hasColour: boolean): Display {
  const { input, output, emit, onQuit, onForceQuit, onEmptyLine } = options
  let isOpen = true
  let isOutputClosed = false
  let speech: Speech | null = null
  let gutter = createGutter(columns(), hasColour)
  let meter: string | undefined
  let slowQuitTimer: NodeJS.Timeout | undefined

  const region = createLiveRegion(write, columns)
  const typed = createTypedTurns({
    emit,
    onQuit: quit,
    note,
    onEmptyLine,
    help: `${commandHelp()}\n${SILENCE_HELP}`,
  })
  const keyboard = openKeyboard({
    input,
    onQuit: quit,
    onForceQuit: forceQuit,
    onSilence: () => emit({ type: 'caller.interrupted' }),
    onSuspend: suspend,
    onClear: clear,
    onChange: () => draw([]),
    onLine: submit,
    onPasteTruncated: () =>
      note('warning', `a line holds ${TEXT_MAX} characters; what was pasted behind them is not in it`),
  })
  output.on('resize', onResize)
  output.on('error', () => {
    isOutputClosed = true
    onQuit()
  })
  write(BRACKETED_PASTE_ON)
  draw([])

  return { agentSaid, agentEnded, agentCutOff, note, showLevel, close }

  function quit(): void {
    slowQuitTimer ??= setTimeout(() => note('info', 'ending what still runs; Ctrl-C leaves at once'), SLOW_QUIT_MS)
    onQuit()
  }

  /** In raw mode Ctrl-C is a key, not a signal. */
  function forceQuit(): void {
    close()
    onForceQuit?.()
  }

  /** Stops the whole job, and with it the shell's use of the terminal; if no shell stops it, it continues at once. */
  function suspend(): void {
    if (process.platform === 'win32') return
    region.draw([], null, null)
    write(BRACKETED_PASTE_OFF)
    keyboard.setRaw(false)
    setTimeout(resume, RESUME_AFTER_MS)
    process.kill(0, 'SIGTSTP')
  }

  /** Its timer cannot fire while the process is stopped, so this runs once `fg` continues the job. */
  function resume(): void {
    if (!isOpen) return
    keyboard.setRaw(true)
    write(BRACKETED_PASTE_ON)
    draw([])
  }

  /** Redraws from the first visible row, removing what another program wrote. */
  function clear(): void {
    write(CURSOR_HOME)
    draw([])
  }

  function agentSaid(delta: string): void {
    const [next, rows] = appendSpeech(speech ?? emptySpeech, toPrintable(delta), (isFirst) =>
      gutter.widthOf('agent', isFirst),
    )
    speech = next
    draw(speechRows(rows))
  }

  function agentEnded(): void {
    const rest = speech === null || speech.text === '' ? [] : speechRows([speech])
    speech = null
    draw(rest)
  }

  function agentCutOff(): void {
    if (speech !== null) agentSaid(speech.text.endsWith(' ') ? CUT_OFF_MARK : ` ${CUT_OFF_MARK}`)
    agentEnded()
  }

  function note(kind: NoteKind, text: string): void {
    const placement = kind === 'caller' ? typed.placeReport(text) : 'new'
    if (placement === 'shown') return
    if (placement === 'due') agentCutOff()
    const [next, rows] = speech === null ? [null, []] : splitAtWord(speech)
    speech = next
    draw([...speechRows(rows), ...noteRows(kind, text)])
  }

  function showLevel(db: number | null): void {
    const next = meterMark(db)
    if (next === meter) return
    meter = next
    draw([])
  }

  /** A typed turn cuts off what is being said. */
  function submit(line: string): void {
    const turn = typed.handleLine(line)
    if (turn === null) return draw([])
    agentCutOff()
    draw(noteRows('caller', turn))
  }

  function speechRows(rows: readonly SpokenRow[]): readonly string[] {
    return rows.map(({ text, isFirst }) => gutter.row('agent', isFirst, text).rendered)
  }

  function noteRows(kind: NoteKind, text: string): readonly string[] {
    const width = gutter.widthOf(kind, false)
    const lines = toPrintable(text).trimEnd().split('\n')
    const rows = lines.flatMap((line, index) =>
      wrapLine(line.trimEnd(), index === 0 ? gutter.widthOf(kind, true) : width, width),
    )
    return rows.map((row, index) => gutter.row(kind, index === 0, row).rendered)
  }

  function draw(finished: readonly string[]): void {
    const unfinished = speech === null || speech.text === '' ? null : gutter.row('agent', speech.isFirst, speech.text)
    const prompt = gutter.prompt(meter)
    const part = visiblePart(keyboard.line, columns() - 1 - prompt.columns)
    const before = { rendered: prompt.rendered + part.before, columns: prompt.columns + part.columns }
    region.draw(finished, unfinished, { before, after: part.after })
  }

  /** Rows already drawn stay as they are; the unfinished one is wrapped to the new width. */
  function onResize(): void {
    gutter = createGutter(columns(), hasColour)
    if (speech === null) draw([])
    else agentSaid('')
  }

  function columns(): number {
    return Math.max(COLUMNS_MIN, output.columns || COLUMNS_DEFAULT)
  }

  function write(text: string): void {
    if (isOpen && !isOutputClosed) output.write(text)
  }

  function close(): void {
    if (!isOpen) return
    clearTimeout(slowQuitTimer)
    agentEnded()
    region.draw([], null, null)
    write(BRACKETED_PASTE_OFF)
    isOpen = false
    output.off('resize', onResize)
    keyboard.close()
  }
}
