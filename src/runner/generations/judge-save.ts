import type { Agent } from '../../agent/agent.ts'
import { lossFaults, nameFaults } from '../../agent/checks/edit-faults.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'

/** What a save that can be read is to the agent that is in force. */
type Judged =
  /** Held before, and saved once more. */
  | { readonly kind: 'meant' }
  /** A comment, a touch, or an edit that is taken back. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused' | 'held'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'new' }

interface Before {
  readonly inForce: Agent
  /** Hash of the content that is held. */
  readonly heldHash: string | null
  /** Hash of the last content that was dealt with: only another one is an edit. */
  readonly seenHash: string | null
  /** The file was saved again, and its content is that of the save before. */
  readonly isRepeated: boolean
}

/** Tells an edit from what only looks like one, and from one that nobody can mean. */
export function judgeSave(agent: Agent, { inForce, heldHash, seenHash, isRepeated }: Before): Judged {
  if (agent.hash === heldHash && isRepeated) return { kind: 'meant' }
  if (agent.hash === inForce.hash || agent.hash === seenHash) return { kind: 'same' }
  const renamed = nameFaults(inForce, agent)
  if (renamed.length > 0) return { kind: 'refused', diagnostics: renamed }
  const losses = lossFaults(inForce, agent)
  return losses.length > 0 ? { kind: 'held', diagnostics: losses } : { kind: 'new' }
}
