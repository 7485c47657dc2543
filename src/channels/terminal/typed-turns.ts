import { COMMANDS, commandHelp, commandNames, parseTypedInput } from '../caller-commands.ts'
import type { CallerEvent } from '../caller-event.ts'
import type { NoteKind } from '../display.ts'

/** The most typed turns whose reports are remembered as outstanding; the oldest is forgotten first. */
const UNREPORTED_MAX = 32

/** Handles what a person types, line by line: turns go to the conversation, commands are carried out here. */
export function createTypedTurns(options: {
  readonly emit: (event: CallerEvent) => void
  readonly note: (kind: NoteKind, text: string) => void
  readonly onQuit: () => void
  /** Return on an empty line. */
  readonly onEmptyLine?: (() => void) | undefined
  /** The answer to `/help`. */
  readonly help?: string
}) {
  const { emit, note, onQuit, onEmptyLine, help = commandHelp() } = options
  const unreported: string[] = []
  let emitting: string | null = null

  return {
    /** Returns the turn that still has to be shown, or null. */
    handleLine(line: string): string | null {
      const typed = parseTypedInput(line)
      switch (typed.type) {
        case 'blank':
          onEmptyLine?.()
          return null
        case 'turn':
          return emitTurn(typed.text)
        case 'pause':
          emit({ type: 'caller.paused' })
          note('info', `your sound is stopped; /resume: ${COMMANDS.resume}`)
          return null
        case 'hold':
          emit({ type: 'caller.held' })
          note('info', `on hold; /resume: ${COMMANDS.resume}`)
          return null
        case 'resume':
          emit({ type: 'caller.resumed' })
          note('info', 'your sound is on')
          return null
        case 'help':
          note('info', help)
          return null
        case 'quit':
          onQuit()
          return null
        case 'unknown':
          note('warning', `${typed.word} is not a command; there are ${commandNames()}`)
          return null
        default:
          return typed satisfies never
      }
    },
    /** How to show the report of a turn: `new` to this screen, typed here and `due` now, or `shown` already. */
    placeReport(text: string): 'new' | 'due' | 'shown' {
      if (emitting === text) {
        emitting = null
        return 'due'
      }
      const index = unreported.indexOf(text)
      if (index === -1) return 'new'
      unreported.splice(index, 1)
      return 'shown'
    },
  }

  /** Emits a turn. If its report comes while doing so, that shows it; otherwise the turn is returned, to be shown at once. */
  function emitTurn(text: string): string | null {
    emitting = text
    emit({ type: 'caller.text', text })
    if (emitting === null) return null
    emitting = null
    unreported.push(text)
    if (unreported.length > UNREPORTED_MAX) unreported.shift()
    return text
  }
}
