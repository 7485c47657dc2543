import { goneFault } from '../../agent/checks/edit-faults.ts'
import type { LoadedAgent } from '../../io/agent-file.ts'
import type { Frames } from '../printing/frames.ts'
import type { Runner, SaveEvent } from '../runner.ts'
import type { Probed } from './probe.ts'
import { probedWords } from './probe-words.ts'

/** How the person who edits an agent learns what became of a save: conversations with it show it themselves, without any a line does. */
interface TellEditor {
  faults(save: SaveWithFaults): void
  /** The files are again what that generation was made of. */
  restored(generation: number, noticedAt: number): void
  probed(generation: number, probed: Probed): void
  /** The settings that are in force stay, though the files are not there. */
  gone(message: string): void
  /** A line, where no conversation shows it. False where one does. */
  unlessTalking(kind: 'info' | 'warning', message: string): boolean
}

type SaveWithFaults = Exclude<SaveEvent, { type: 'agent.restored' }>

/** What became of the save; why, its faults say: a file that is gone has none itself. */
const HEADS: { readonly [type in SaveWithFaults['type']]: string } = {
  'agent.rejected': 'not taken',
  'agent.held': 'the save is held',
}

/** For the person who edits one agent. */
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
      // None of its lines can be shown any more.
      frames.keep(new Map([[file, '']]))
      faults({ type: 'agent.rejected', diagnostics: [goneFault(file, message)] })
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
