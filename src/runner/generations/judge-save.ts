import type { Agent } from '../../agent/agent.ts'
import { lossFaults, nameFaults } from '../../agent/checks/edit-faults.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import type { LoadedAgent } from '../../io/agent-file.ts'

/** What a save that can be read is to the agent that is in force. */
type Judged =
  /** Held before, and saved once more. */
  | { readonly kind: 'meant' }
  /** Held before, and another file was saved. */
  | { readonly kind: 'still held' }
  /** A comment, a touch, or an edit that is taken back. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused' | 'held'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'new' }

/** A save that somebody has to mean. */
interface Held {
  readonly next: LoadedAgent
  readonly diagnostics: readonly Diagnostic[]
  /** The files that were saved: the next save of one of them means it. */
  readonly saved: readonly string[]
}

/** What stands against an agent in this process alone: the variable for its key may be one that is not set, or one that it fills in another's key. */
export type FaultsHere = (agent: Agent) => readonly Diagnostic[]

interface Before {
  readonly inForce: Agent
  readonly held: Held | null
  /** Hash of the last content that was dealt with: only another one is an edit. */
  readonly seenHash: string | null
  /** The files that were saved now. */
  readonly saved: readonly string[]
  readonly faultsHere: FaultsHere
}

/** Tells an edit from what only looks like one, and from one that nobody can mean. */
export function judgeSave(agent: Agent, { inForce, held, seenHash, saved, faultsHere }: Before): Judged {
  if (agent.hash === held?.next.agent.hash)
    return { kind: saved.some((one) => held.saved.includes(one)) ? 'meant' : 'still held' }
  if (agent.hash === inForce.hash || agent.hash === seenHash) return { kind: 'same' }
  const faults = [...nameFaults(inForce, agent), ...faultsHere(agent)]
  if (faults.length > 0) return { kind: 'refused', diagnostics: faults }
  const losses = lossFaults(inForce, agent)
  return losses.length > 0 ? { kind: 'held', diagnostics: losses } : { kind: 'new' }
}

/** The save that is held, where one is. */
interface Holding {
  readonly current: Held | null
  /** Files that were saved, whatever comes of it. */
  note(saved: readonly string[]): void
  hold(next: LoadedAgent, diagnostics: readonly Diagnostic[]): void
  /** The files cannot be used: nothing is held any more. */
  forget(): void
  /** The files are those of what is in force. */
  settle(): void
}

/**
 * What is held is meant by another save of a file that brought it. It stays with those where another save is held for the very same, or
 * where one that could not be used lies between: whoever was told to save once more may do so.
 */
export function openHolding(): Holding {
  let current: Held | null = null
  let last: Held | null = null
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
