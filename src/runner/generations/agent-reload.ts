import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import type { AgentReadResult, LoadedAgent } from '../../io/agent-file.ts'
import { type SaveNotice, watchAgent } from '../../io/agent-watch.ts'
import { existingFiles } from '../../io/files/file-snapshot.ts'
import { type GenerationStore, storedFiles } from '../../io/storage/generation-store.ts'
import { SYSTEM_TIME } from '../conversation/time.ts'
import type { GenerationEntry, GenerationSource, Generations } from '../generations.ts'
import type { Actor, AuditStep } from '../sinks/audit.ts'
import {
  acceptHeld,
  afterPublishing,
  considerSave,
  noSavesYet,
  type ProcessFaults,
  type ReloadOutcome,
} from './consider-save.ts'
import { createEditNotifier, type EditNotifierOptions } from './edit-notifier.ts'
import { readOlderGeneration } from './rollback.ts'

interface AgentReloadOptions extends EditNotifierOptions {
  /** Null if nothing can be stored. */
  readonly store: GenerationStore | null
  /** Whether an earlier process has stored the content in force. */
  readonly isStored: boolean
  readonly processFaults: ProcessFaults
  readonly audit: (step: AuditStep) => void
  readonly settleMs?: number | undefined
}

/** Turns the edits of one agent into its generations. */
export interface AgentReload {
  /** Looks at the files now, and resolves with the result of the last save. */
  checkFiles(actor: Actor): Promise<ReloadOutcome>
  /** Accepts the held save. */
  accept(actor: Actor): Promise<ReloadOutcome>
  /** Makes a new generation of an older content: without a number, the last confirmed one that differs, else the last one not refused. */
  rollback(to: number | null, actor: Actor): Promise<ReloadOutcome>
  readonly last: ReloadOutcome
  /** Absolute paths of the files behind the content in force, scripts included. */
  readonly files: readonly string[]
  readonly held: readonly Diagnostic[] | null
  /** Resolves once the service has answered the last probe, if any. */
  probed(): Promise<void>
  close(): Promise<void>
}

interface EditContext extends Pick<SaveNotice, 'noticedAt'> {
  readonly actor: Actor
}

/** Watches the files of one agent and makes generations of its saves. */
export function openAgentReload(options: AgentReloadOptions): AgentReload {
  const { loaded, runner, frames, store, audit, processFaults } = options
  const { name, file } = loaded.agent
  const generations = runner.generations(name) as Generations
  const notifier = createEditNotifier(options)
  let known = noSavesYet(generations.newest())
  let files = existingFiles(loaded.files)
  let warned = loaded.diagnostics
  let probing = Promise.resolve()

  const watch = watchAgent({
    file,
    files: loaded.files,
    settleMs: options.settleMs,
    onSave: handleSave,
    onWarning: (message) => options.notify('warning', message),
  })
  if (!options.isStored) storeGeneration(generations.newest(), loaded)

  function handleSave(read: AgentReadResult, { noticedAt, path, uid, saved }: SaveNotice): void {
    const actor: Actor = { kind: 'file', path, uid }
    audit({ ev: 'reload.seen', actor })
    if ('sources' in read) frames.addSources(read.sources)
    const context = { inForce: generations.newest(), refusedIn: generations.refusedIn, processFaults }
    carryOut(considerSave(known, { read, saved }, context), { noticedAt, actor })
  }

  function carryOut([after, decision]: ReturnType<typeof considerSave>, seen: EditContext): void {
    const { actor } = seen
    known = after
    switch (decision.kind) {
      case 'ignore':
        return auditNoChange(actor)
      case 'unchanged':
        auditNoChange(actor)
        if (decision.isNews) notifier.restored(generations.newest().number, seen.noticedAt)
        return
      case 'reject': {
        const { diagnostics, isNews } = decision
        audit({ ev: 'reload.refused', rules: diagnostics.map(({ rule }) => rule), actor })
        if (isNews) notifier.faults({ type: 'agent.rejected', diagnostics })
        return
      }
      case 'hold': {
        const { diagnostics } = decision
        audit({ ev: 'reload.held', rules: diagnostics.map(({ rule }) => rule), actor })
        return notifier.faults({ type: 'agent.held', diagnostics })
      }
      case 'report missing':
        audit({ ev: 'reload.missing', message: decision.message, actor })
        return notifier.missing(decision.message)
      case 'publish': {
        const gen = publish(decision.next, decision.source, seen)
        if (decision.source === 'accepted') audit({ ev: 'reload.accepted', gen, actor })
        return
      }
      default:
        return decision satisfies never
    }
  }

  function auditNoChange(actor: Actor): void {
    audit({ ev: 'reload.nochange', gen: generations.newest().number, actor })
  }

  /** Makes the next generation, and returns its number. */
  function publish(next: LoadedAgent, source: GenerationSource, { noticedAt, actor }: EditContext): number {
    const prev = generations.newest().number
    const generation = generations.add(next.agent, { source, at: Date.now() })
    const { number } = generation
    const warnings = newWarnings(next.diagnostics, warned)
    known = { ...known, last: { kind: 'published', generation: number, warnings } }
    files = existingFiles(next.files)
    warned = next.diagnostics
    const conversations = runner.conversationsWith(name).length
    audit({ ev: 'reload.published', gen: number, prev, sha256: next.agent.hash, source, conversations, actor })
    // Stored before it is offered: a conversation that applies it at once brings a verdict to store with it.
    storeGeneration(generation, next)
    notifier.warnings(warnings)
    runner.offer(generation, noticedAt)
    const message = `${file}: generation ${number} is loaded; the next conversation begins with it`
    if (notifier.showIfNoConversation('info', message) && next.agent.reload.probe)
      probing = runner.probe(generation).then((probed) => notifier.probed(number, probed))
    return number
  }

  function storeGeneration({ number, agent, source }: GenerationEntry, from: LoadedAgent): void {
    const { root } = from
    const made = { number, hash: agent.hash, at: Date.now(), source, verdict: 'open' }
    store?.save({ ...made, file, root, files: storedFiles(from) })
  }

  /** Takes earlier saves first: a save still being looked at would undo the rollback. */
  async function rollback(to: number | null, actor: Actor): Promise<ReloadOutcome> {
    await watch.checkNow()
    const own = generations.entries()
    const current = generations.newest()
    const older = await readOlderGeneration(store, { loaded, inForce: current, own, to, processFaults })
    if (older.kind !== 'older') return older
    const { next, number } = older
    frames.addSources(next.sources)
    const inForce = generations.newest()
    if (next.agent.hash === inForce.agent.hash) return { kind: 'unchanged', generation: inForce.number }
    known = afterPublishing(known)
    const gen = publish(next, 'rollback', commandEdit(actor))
    audit({ ev: 'reload.rolled_back', gen, to: number, actor })
    return known.last
  }

  return {
    async checkFiles(actor) {
      audit({ ev: 'reload.asked', actor })
      await watch.checkNow()
      return known.last
    },
    async accept(actor) {
      await watch.checkNow()
      const accepted = acceptHeld(known, generations.newest())
      if (accepted === null) return { kind: 'unusable', message: 'nothing is held' }
      carryOut(accepted, commandEdit(actor))
      return known.last
    },
    rollback,
    get last() {
      return known.last
    },
    get files() {
      return files
    },
    probed: () => probing,
    get held() {
      return known.held?.diagnostics ?? null
    },
    async close() {
      await watch.close()
      await store?.flushed()
    },
  }
}

/** The warnings that are not among those known already, on whatever line, and of whichever tool, these stood. */
function newWarnings(found: readonly Diagnostic[], known: readonly Diagnostic[]): readonly Diagnostic[] {
  const identityOf = ({ rule, file, pointer, message }: Diagnostic) =>
    JSON.stringify([rule, file, pointer, message]).replaceAll(/(?<=\btools[[/])\d+/g, '')
  const unmatched = known.map(identityOf)
  return found.filter((diagnostic) => {
    if (diagnostic.level !== 'warning') return false
    const index = unmatched.indexOf(identityOf(diagnostic))
    if (index >= 0) unmatched.splice(index, 1)
    return index < 0
  })
}

/** An edit asked for by a command counts from now. */
function commandEdit(actor: Actor): EditContext {
  return { noticedAt: SYSTEM_TIME.now(), actor }
}
