import { COMMANDS, commandHelp, commandNames, readTyped } from '../caller-commands.ts'
import type { CallerEvent } from '../caller-event.ts'
import type { NoteKind } from '../display.ts'

/** The most typed turns whose reports are remembered as outstanding; the oldest is forgotten first. */
const ECHOES_MAX = 32

/** Handles what a person types, line by line: turns go to the conversation, commands are carried out here. */
export function createTypedTurns(options: {
  readonly emit: (event: CallerEvent) => void
  readonly note: (kind: NoteKind, text: string) => void
  readonly onQuit: () => void
  /** Return on an empty line. */
  readonly onBlank?: (() => void) | undefined
  /** The answer to `/help`. */
  readonly help?: string
}) {
  const { emit, note, onQuit, onBlank, help = commandHelp() } = options
  const echoes: string[] = []
  let telling: string | null = null

  return {
    /** Returns the turn that still has to be shown, or null. */
    take(line: string): string | null {
      const typed = readTyped(line)
      switch (typed.type) {
        case 'blank':
          onBlank?.()
          return null
        case 'turn':
          return tell(typed.text)
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
    place(text: string): 'new' | 'due' | 'shown' {
      if (telling === text) {
        telling = null
        return 'due'
      }
      const index = echoes.indexOf(text)
      if (index === -1) return 'new'
      echoes.splice(index, 1)
      return 'shown'
    },
  }

  /** Emits a turn. If its report comes while doing so, that shows it; otherwise the turn is returned, to be shown at once. */
  function tell(text: string): string | null {
    telling = text
    emit({ type: 'caller.text', text })
    if (telling === null) return null
    telling = null
    echoes.push(text)
    if (echoes.length > ECHOES_MAX) echoes.shift()
    return text
  }
}
