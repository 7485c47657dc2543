import { COMMANDS, commandHelp, commandNames, readTyped } from '../caller-commands.ts'
import type { CallerEvent } from '../caller-event.ts'
import type { NoteKind } from '../display.ts'

/** Typed turns whose report is still to come; the oldest is forgotten first. */
const ECHOES_MAX = 32

/** What a person types, line by line: turns are told to the conversation, commands are obeyed here. */
export function createTypedTurns(options: {
  readonly emit: (event: CallerEvent) => void
  readonly note: (kind: NoteKind, text: string) => void
  readonly onQuit: () => void
  /** Return on an empty line. */
  readonly onBlank?: (() => void) | undefined
  /** What `/help` tells. */
  readonly help?: string
}) {
  const { emit, note, onQuit, onBlank, help = commandHelp() } = options
  const echoes: string[] = []
  let telling: string | null = null

  return {
    /** Gives the turn that is still to be shown, or null. */
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
    /** What is to be done with the report of a turn: `new` to this screen, typed here and `due` now, or `shown` already. */
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

  /** The report of a turn may come while it is being told: that is its place on the screen. Otherwise it is shown at once. */
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
