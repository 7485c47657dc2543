import type { Agent } from '../../agent/agent.ts'
import { lossFaults, nameFaults, unsetKeyFault } from '../../agent/checks/edit-faults.ts'
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
export interface Held {
  readonly next: LoadedAgent
  readonly diagnostics: readonly Diagnostic[]
  /** The files that were saved: the next save of one of them means it. */
  readonly saved: readonly string[]
}

/** Whether conversations can begin with what an agent's connection says: the variable for the key may be one that is not set. */
export type CanConnect = (agent: Agent) => boolean

interface Before {
  readonly inForce: Agent
  readonly held: Held | null
  /** Hash of the last content that was dealt with: only another one is an edit. */
  readonly seenHash: string | null
  /** The files that were saved now. */
  readonly saved: readonly string[]
  readonly canConnect: CanConnect
}

/** Tells an edit from what only looks like one, and from one that nobody can mean. */
export function judgeSave(agent: Agent, { inForce, held, seenHash, saved, canConnect }: Before): Judged {
  if (agent.hash === held?.next.agent.hash)
    return { kind: saved.some((one) => held.saved.includes(one)) ? 'meant' : 'still held' }
  if (agent.hash === inForce.hash || agent.hash === seenHash) return { kind: 'same' }
  const faults = [...nameFaults(inForce, agent), ...(canConnect(agent) ? [] : [unsetKeyFault(agent)])]
  if (faults.length > 0) return { kind: 'refused', diagnostics: faults }
  const losses = lossFaults(inForce, agent)
  return losses.length > 0 ? { kind: 'held', diagnostics: losses } : { kind: 'new' }
}
