import { missingFileFault } from '../../agent/checks/edit-faults.ts'
import type { LoadedAgent } from '../../io/agent-file.ts'
import type { Frames } from '../printing/frames.ts'
import type { Runner, SaveEvent } from '../runner.ts'
import type { Probed } from './probe.ts'
import { probedWords } from './probe-words.ts'

/** Tells the person who edits an agent what became of a save. Conversations with the agent show it themselves; without any, a line does. */
interface TellEditor {
  faults(save: SaveWithFaults): void
  /** The files again match that generation. */
  restored(generation: number, noticedAt: number): void
  probed(generation: number, probed: Probed): void
  /** The files are gone or unreadable; the settings in force stay. */
  gone(message: string): void
  /** Shows a line if no conversation does. Returns whether it did. */
  unlessTalking(kind: 'info' | 'warning', message: string): boolean
}

type SaveWithFaults = Exclude<SaveEvent, { type: 'agent.restored' }>

/** What became of the save. Its diagnostics say why; a file that is gone has none of its own. */
const HEADS: { readonly [type in SaveWithFaults['type']]: string } = {
  'agent.rejected': 'not taken',
  'agent.held': 'the save is held',
}

export function createTellEditor({
  loaded: { agent },
  runner,
  frames,
  tell,
}: {
  readonly loaded: LoadedAgent
  readonly runner: Runner
  readonly frames: Frames
  readonly tell: (kind: 'info' | 'warning', message: string) => void
}): TellEditor {
  const { name, file } = agent

  function unlessTalking(kind: 'info' | 'warning', message: string): boolean {
    if (runner.talkingWith(name).length > 0) return false
    tell(kind, message)
    return true
  }

  function faults(save: SaveWithFaults): void {
    runner.tellOfSave(name, save)
    unlessTalking(
      'warning',
      `${file}: ${HEADS[save.type]}, the last good settings stay\n${save.diagnostics.map(frames.frame).join('\n')}`,
    )
  }

  return {
    unlessTalking,
    faults,
    gone(message) {
      // Its source lines can no longer be shown.
      frames.keep(new Map([[file, '']]))
      faults({ type: 'agent.rejected', diagnostics: [missingFileFault(file, message)] })
    },
    restored(generation, noticedAt) {
      runner.tellOfSave(name, { type: 'agent.restored', generation, noticedAt })
      unlessTalking('info', `${file} is as it was before`)
    },
    probed(generation, probed) {
      const newest = runner.generations(name)?.newest().number ?? generation
      const { kind, text } = probedWords(probed, { file, generation, newest, frame: frames.frame })
      tell(kind, text)
    },
  }
}
