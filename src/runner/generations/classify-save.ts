import type { Agent } from '../../agent/agent.ts'
import { lossFaults, renameFaults } from '../../agent/checks/edit-faults.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import type { LoadedAgent } from '../../io/agent-file.ts'

/** What a readable save means for the agent in force. */
type SaveClass =
  /** A held save that was saved again, which confirms it. */
  | { readonly kind: 'confirmed' }
  /** The held content, after saving another file than those that brought it. */
  | { readonly kind: 'still held' }
  /** A comment, a touch, or an edit that was undone. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused' | 'held'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'new' }

/** A save that somebody has to confirm. */
interface HeldSave {
  readonly next: LoadedAgent
  readonly diagnostics: readonly Diagnostic[]
  /** The files that were saved; saving one of them again confirms it. */
  readonly saved: readonly string[]
}

/** Faults of an agent in this process alone: its key variable is not set, or it fills in a variable that holds another agent's key. */
export type ProcessFaults = (agent: Agent) => readonly Diagnostic[]

interface SaveContext {
  readonly inForce: Agent
  readonly held: HeldSave | null
  /** Hash of the last content dealt with; only a different one is an edit. */
  readonly handledHash: string | null
  /** The files that were saved now. */
  readonly saved: readonly string[]
  readonly processFaults: ProcessFaults
}

/** Decides whether a save is an edit, only looks like one, or must be refused or held. */
export function classifySave(
  agent: Agent,
  { inForce, held, handledHash, saved, processFaults }: SaveContext,
): SaveClass {
  if (agent.hash === held?.next.agent.hash)
    return { kind: saved.some((one) => held.saved.includes(one)) ? 'confirmed' : 'still held' }
  if (agent.hash === inForce.hash || agent.hash === handledHash) return { kind: 'same' }
  const faults = [...renameFaults(inForce, agent), ...processFaults(agent)]
  if (faults.length > 0) return { kind: 'refused', diagnostics: faults }
  const losses = lossFaults(inForce, agent)
  return losses.length > 0 ? { kind: 'held', diagnostics: losses } : { kind: 'new' }
}

/** Keeps the held save, if there is one. */
interface HeldSaves {
  readonly current: HeldSave | null
  /** Notes saved files, whatever becomes of them. */
  note(saved: readonly string[]): void
  hold(next: LoadedAgent, diagnostics: readonly Diagnostic[]): void
  /** The files cannot be used: nothing is held any more. */
  forget(): void
  /** The files match the content in force: nothing is held or noted any more. */
  settle(): void
}

/**
 * Saving a file that brought the held content again confirms it. These files stay the same if another save is then held with the same
 * diagnostics, or an unusable save comes in between: whoever was asked to save again may do so.
 */
export function createHeldSaves(): HeldSaves {
  let current: HeldSave | null = null
  let last: HeldSave | null = null
  let saved: ReadonlySet<string> = new Set()
  return {
    get current() {
      return current
    },
    note(files) {
      saved = new Set([...saved, ...files])
    },
    hold(next, diagnostics) {
      const isTheSame = JSON.stringify(last?.diagnostics) === JSON.stringify(diagnostics)
      current = { next, diagnostics, saved: last !== null && isTheSame ? last.saved : [...saved] }
      last = current
    },
    forget() {
      current = null
    },
    settle() {
      current = null
      last = null
      saved = new Set()
    },
  }
}
