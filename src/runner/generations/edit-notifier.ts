import { missingFileFault } from '../../agent/checks/edit-faults.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import { plural } from '../../agent/plural.ts'
import type { LoadedAgent } from '../../io/agent-file.ts'
import type { Frames } from '../printing/frames.ts'
import type { Runner, SaveEvent } from '../runner.ts'
import type { ProbeResult } from './probe.ts'
import { probeMessage } from './probe-message.ts'

/** Tells the person who edits an agent what became of a save. Conversations with the agent show it themselves; without any, a line does. */
interface EditNotifier {
  faults(save: SaveWithFaults): void
  /** What the save is warned of, though it is good. */
  warnings(diagnostics: readonly Diagnostic[]): void
  /** The files again match that generation. */
  restored(generation: number, noticedAt: number): void
  probed(generation: number, probed: ProbeResult): void
  /** The files are gone or unreadable; the settings in force stay. */
  missing(message: string): void
  /** Shows a line if no conversation does. Returns whether it did. */
  showIfNoConversation(kind: 'info' | 'warning', message: string): boolean
}

type SaveWithFaults = Extract<SaveEvent, { type: 'agent.rejected' | 'agent.held' }>

/** What became of the save. Its diagnostics say why; a file that is gone has none of its own. */
const HEADLINES: { readonly [type in SaveWithFaults['type']]: string } = {
  'agent.rejected': 'not taken',
  'agent.held': 'the save is held',
}

export interface EditNotifierOptions {
  readonly loaded: LoadedAgent
  readonly runner: Runner
  readonly frames: Frames
  /** Shows a line to the person who runs it. */
  readonly notify: (kind: 'info' | 'warning', message: string) => void
}

export function createEditNotifier({ loaded: { agent }, runner, frames, notify }: EditNotifierOptions): EditNotifier {
  const { name, file } = agent

  function showIfNoConversation(kind: 'info' | 'warning', message: string): boolean {
    if (runner.conversationsWith(name).length > 0) return false
    notify(kind, message)
    return true
  }

  function faults(save: SaveWithFaults): void {
    runner.notifyOfSave(name, save)
    showIfNoConversation(
      'warning',
      `${file}: ${HEADLINES[save.type]}, the last good settings stay\n${save.diagnostics.map(frames.frame).join('\n')}`,
    )
  }

  return {
    showIfNoConversation,
    faults,
    warnings(diagnostics) {
      if (diagnostics.length === 0) return
      runner.notifyOfSave(name, { type: 'agent.warned', diagnostics })
      showIfNoConversation(
        'warning',
        `${file}: ${plural(diagnostics.length, 'new warning')}\n${diagnostics.map(frames.frame).join('\n')}`,
      )
    },
    missing(message) {
      // Its source lines can no longer be shown.
      frames.addSources(new Map([[file, '']]))
      faults({ type: 'agent.rejected', diagnostics: [missingFileFault(file, message)] })
    },
    restored(generation, noticedAt) {
      runner.notifyOfSave(name, { type: 'agent.restored', generation, noticedAt })
      showIfNoConversation('info', `${file} is as it was before`)
    },
    probed(generation, probed) {
      const newest = runner.generations(name)?.newest().number ?? generation
      const { kind, text } = probeMessage(probed, { file, generation, newest, frame: frames.frame })
      notify(kind, text)
    },
  }
}
