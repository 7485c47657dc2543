import type { Agent } from '../../agent/agent.ts'
import { lossFaults, refusedContentFault, renameFaults } from '../../agent/checks/edit-faults.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import type { AgentReadResult, LoadedAgent } from '../../io/agent-file.ts'
import type { Generation } from '../../session/generation.ts'

/** What is known of the earlier saves of one agent's files. */
export interface KnownSaves {
  /** Hash of the last content dealt with; only a different one is an edit. Null after files that cannot be used. */
  readonly handledHash: string | null
  readonly held: HeldSave | null
  /** The save that was held last, though it may be replaced or unusable by now; null once the files match what is in force. */
  readonly lastHeld: HeldSave | null
  /** The files that were saved since the files last matched what is in force, whatever became of them. */
  readonly saved: readonly string[]
  readonly last: ReloadOutcome
}

/** The result of a look at the files, or of a command. */
export type ReloadOutcome =
  | {
      readonly kind: 'published'
      readonly generation: number
      /** Those that the content before it did not have. */
      readonly warnings: readonly Diagnostic[]
    }
  | { readonly kind: 'unchanged'; readonly generation: number }
  | { readonly kind: 'rejected' | 'held'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'unusable'; readonly message: string }

/** A save that somebody has to confirm. */
interface HeldSave {
  readonly next: LoadedAgent
  readonly diagnostics: readonly Diagnostic[]
  /** The files that were saved; saving one of them again confirms it. */
  readonly saved: readonly string[]
}

/** What to do about a save. */
export type SaveDecision =
  /** A touch, or a held content after saving another file than those that brought it. */
  | { readonly kind: 'ignore' }
  /** A comment, or an edit that was undone, which is news. */
  | { readonly kind: 'unchanged'; readonly isNews: boolean }
  | { readonly kind: 'reject'; readonly diagnostics: readonly Diagnostic[]; readonly isNews: boolean }
  | { readonly kind: 'hold'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'report missing'; readonly message: string }
  | { readonly kind: 'publish'; readonly next: LoadedAgent; readonly source: 'file' | 'accepted' }

type Considered = readonly [KnownSaves, SaveDecision]

interface Save {
  readonly read: AgentReadResult
  /** The files that were saved, scripts not among them. */
  readonly saved: readonly string[]
}

/** Faults of an agent in this process alone: its key variable is not set, or it fills in a variable that holds another agent's key. */
export type ProcessFaults = (agent: Agent) => readonly Diagnostic[]

interface SaveContext {
  readonly inForce: Generation
  /** The generation in which the service refused that content, or null. */
  readonly refusedIn: (hash: string) => number | null
  readonly processFaults: ProcessFaults
}

/** What is known of a running agent before its files are saved. */
export function noSavesYet({ number, agent }: Generation): KnownSaves {
  const last = { kind: 'unchanged', generation: number } as const
  return { handledHash: agent.hash, held: null, lastHeld: null, saved: [], last }
}

/** Decides what a save means for the agent in force. */
export function considerSave(before: KnownSaves, { read, saved }: Save, context: SaveContext): Considered {
  const known = { ...before, saved: [...new Set([...before.saved, ...saved])] }
  switch (read.status) {
    case 'loaded':
      return considerContent(known, read, { ...context, saved })
    case 'rejected':
      return reject(known, read.diagnostics)
    case 'missing':
    case 'unreadable': {
      const { message } = read
      const last = { kind: 'unusable', message } as const
      return [
        { ...known, handledHash: null, held: null, last },
        { kind: 'report missing', message },
      ]
    }
    default:
      return read satisfies never
  }
}

/** Accepts the held save; null if there is none. */
export function acceptHeld(known: KnownSaves, inForce: Generation): Considered | null {
  return known.held === null ? null : accept(known, known.held.next, inForce)
}

/** What is known once a content is published: nothing waits to be confirmed any more. */
export function afterPublishing(known: KnownSaves): KnownSaves {
  return { ...known, held: null, lastHeld: null, saved: [] }
}

function considerContent(
  known: KnownSaves,
  next: LoadedAgent,
  { inForce, refusedIn, processFaults, saved }: SaveContext & Pick<Save, 'saved'>,
): Considered {
  const { agent } = next
  const { handledHash, held } = known
  if (saved.length === 0 && agent.hash === handledHash) return [known, { kind: 'ignore' }]
  if (agent.hash === held?.next.agent.hash) {
    const isConfirmed = saved.some((one) => held.saved.includes(one))
    return isConfirmed ? accept(known, next, inForce) : [known, { kind: 'ignore' }]
  }
  // Content the service has refused counts as an edit each time it is saved: silence would look like acceptance.
  const refused = refusedIn(agent.hash)
  const isHandled = agent.hash === handledHash && refused === null
  if (agent.hash === inForce.agent.hash || isHandled) return matchInForce(known, agent, inForce)
  const faults = [...renameFaults(inForce.agent, agent), ...processFaults(agent)]
  if (faults.length > 0) return reject(known, faults)
  const losses = lossFaults(inForce.agent, agent)
  if (losses.length > 0) return hold(known, next, losses)
  if (refused !== null) return hold(known, next, [refusedContentFault(agent, refused)])
  return [
    { ...afterPublishing(known), handledHash: agent.hash },
    { kind: 'publish', next, source: 'file' },
  ]
}

/** The service may have refused what was in force since, and the content be what came before. */
function accept(known: KnownSaves, next: LoadedAgent, inForce: Generation): Considered {
  if (next.agent.hash === inForce.agent.hash) return matchInForce(known, next.agent, inForce)
  return [afterPublishing(known), { kind: 'publish', next, source: 'accepted' }]
}

function matchInForce(known: KnownSaves, { hash }: Agent, { number }: Generation): Considered {
  const isNews = known.held !== null || known.handledHash !== hash
  const last = { kind: 'unchanged', generation: number } as const
  return [
    { ...afterPublishing(known), handledHash: hash, last },
    { kind: 'unchanged', isNews },
  ]
}

/** The same faults saved again are no news. Only errors are shown: warnings are no reason, and would hide it. */
function reject(known: KnownSaves, found: readonly Diagnostic[]): Considered {
  const diagnostics = found.filter(({ level }) => level === 'error')
  const isNews = known.last.kind !== 'rejected' || !areSame(known.last.diagnostics, diagnostics)
  const last = { kind: 'rejected', diagnostics } as const
  return [
    { ...known, handledHash: null, held: null, last },
    { kind: 'reject', diagnostics, isNews },
  ]
}

/**
 * Saving a file that brought the held content again confirms it. These files stay the same if another save is then held with the same
 * diagnostics, or an unusable save comes in between: whoever was asked to save again may do so.
 */
function hold(known: KnownSaves, next: LoadedAgent, diagnostics: readonly Diagnostic[]): Considered {
  const { lastHeld } = known
  const isAsBefore = lastHeld !== null && areSame(lastHeld.diagnostics, diagnostics)
  const held = { next, diagnostics, saved: isAsBefore ? lastHeld.saved : known.saved }
  const last = { kind: 'held', diagnostics } as const
  return [
    { ...known, handledHash: next.agent.hash, held, lastHeld: held, last },
    { kind: 'hold', diagnostics },
  ]
}

function areSame(some: readonly Diagnostic[], others: readonly Diagnostic[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others)
}
