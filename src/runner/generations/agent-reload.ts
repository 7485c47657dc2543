import type { Agent } from '../../agent/agent.ts'
import { refusedContentFault } from '../../agent/checks/edit-faults.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import type { AgentReadResult, LoadedAgent } from '../../io/agent-file.ts'
import { type SaveNotice, watchAgent } from '../../io/agent-watch.ts'
import { existingFiles } from '../../io/files/file-snapshot.ts'
import { type GenerationStore, storedFiles } from '../../io/storage/generation-store.ts'
import { SYSTEM_TIME } from '../conversation/time.ts'
import type { GenerationEntry, GenerationSource, Generations } from '../generations.ts'
import type { Actor, AuditStep } from '../sinks/audit.ts'
import { classifySave, createHeldSaves, type ProcessFaults } from './classify-save.ts'
import { createEditNotifier, type EditNotifierOptions } from './edit-notifier.ts'
import { readOlderGeneration } from './rollback.ts'

/** The result of a look at the files, or of a command. */
export type ReloadOutcome =
  | { readonly kind: 'published'; readonly generation: number }
  | { readonly kind: 'unchanged'; readonly generation: number }
  | { readonly kind: 'rejected' | 'held'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'unusable'; readonly message: string }

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

interface EditContext extends Pick<SaveNotice, 'noticedAt' | 'saved'> {
  readonly actor: Actor
}

/** Watches the files of one agent and makes generations of its saves. */
export function openAgentReload(options: AgentReloadOptions): AgentReload {
  const { loaded, runner, frames, store, audit, processFaults } = options
  const { name, file } = loaded.agent
  const generations = runner.generations(name) as Generations
  const notifier = createEditNotifier(options)
  const holding = createHeldSaves()
  /** Hash of the last content dealt with; null after files that cannot be used. */
  let handledHash: string | null = loaded.agent.hash
  let files = existingFiles(loaded.files)
  let probing = Promise.resolve()
  let last: ReloadOutcome = { kind: 'unchanged', generation: generations.newest().number }

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
    holding.note(saved)
    switch (read.status) {
      case 'loaded':
        if (saved.length === 0 && read.agent.hash === handledHash) return auditNoChange(actor)
        return considerSave(read, { noticedAt, actor, saved })
      case 'rejected':
        frames.addSources(read.sources)
        return reject(read.diagnostics, actor)
      case 'missing':
      case 'unreadable':
        forget()
        last = { kind: 'unusable', message: read.message }
        audit({ ev: 'reload.missing', message: read.message, actor })
        return notifier.missing(read.message)
      default:
        return read satisfies never
    }
  }

  function considerSave(next: LoadedAgent, seen: EditContext): void {
    const { agent } = next
    frames.addSources(next.sources)
    const inForce = generations.newest().agent
    // Content the service has refused counts as an edit each time it is saved: silence would look like acceptance.
    const lastHandled = generations.isRefused(agent.hash) ? null : handledHash
    const context = { inForce, held: holding.current, handledHash: lastHandled, saved: seen.saved, processFaults }
    const judged = classifySave(agent, context)
    switch (judged.kind) {
      case 'confirmed':
        return acceptHeld(next, seen)
      case 'still held':
        return auditNoChange(seen.actor)
      case 'same':
        return noteInForce(agent, seen)
      case 'refused':
        return reject(judged.diagnostics, seen.actor)
      case 'held':
        return hold(next, judged.diagnostics, seen.actor)
      case 'new':
        handledHash = agent.hash
        return publish(next, 'file', seen)
      default:
        return judged satisfies never
    }
  }

  /** Notes a save that changes nothing of the agent. */
  function auditNoChange(actor: Actor): void {
    audit({ ev: 'reload.nochange', gen: generations.newest().number, actor })
  }

  function noteInForce(agent: Agent, { noticedAt, actor }: EditContext): void {
    const wasOther = holding.current !== null || handledHash !== agent.hash
    holding.settle()
    handledHash = agent.hash
    const { number } = generations.newest()
    last = { kind: 'unchanged', generation: number }
    audit({ ev: 'reload.nochange', gen: number, actor })
    if (wasOther) notifier.restored(number, noticedAt)
  }

  /** Reports faults; the same ones saved again are not repeated. Only errors are shown: warnings are no reason, and would hide it. */
  function reject(found: readonly Diagnostic[], actor: Actor): void {
    const diagnostics = found.filter(({ level }) => level === 'error')
    const isKnown = last.kind === 'rejected' && JSON.stringify(last.diagnostics) === JSON.stringify(diagnostics)
    forget()
    last = { kind: 'rejected', diagnostics }
    audit({ ev: 'reload.refused', rules: diagnostics.map(({ rule }) => rule), actor })
    if (isKnown) return
    notifier.faults({ type: 'agent.rejected', diagnostics })
  }

  function hold(next: LoadedAgent, diagnostics: readonly Diagnostic[], actor: Actor): void {
    holding.hold(next, diagnostics)
    handledHash = next.agent.hash
    last = { kind: 'held', diagnostics }
    audit({ ev: 'reload.held', rules: diagnostics.map(({ rule }) => rule), actor })
    notifier.faults({ type: 'agent.held', diagnostics })
  }

  function forget(): void {
    holding.forget()
    handledHash = null
  }

  function publish(next: LoadedAgent, source: GenerationSource, seen: EditContext): void {
    const { noticedAt, actor } = seen
    const prev = generations.newest().number
    const added = generations.add(next.agent, { source, at: Date.now() })
    if (added.kind === 'refused before') return hold(next, [refusedContentFault(next.agent, added.number)], actor)
    holding.settle()
    if (added.kind === 'same') return noteInForce(next.agent, seen)
    const { number } = added.generation
    last = { kind: 'published', generation: number }
    files = existingFiles(next.files)
    const conversations = runner.conversationsWith(name).length
    audit({ ev: 'reload.published', gen: number, prev, sha256: next.agent.hash, source, conversations, actor })
    // Stored before it is offered: a conversation that applies it at once brings a verdict to store with it.
    storeGeneration(added.generation, next)
    runner.offer(added.generation, noticedAt)
    const message = `${file}: generation ${number} is loaded; the next conversation begins with it`
    if (notifier.showIfNoConversation('info', message) && next.agent.reload.probe)
      probing = runner.probe(added.generation).then((probed) => notifier.probed(number, probed))
  }

  function acceptHeld(next: LoadedAgent, seen: EditContext): void {
    publish(next, 'accepted', seen)
    if (last.kind === 'published') audit({ ev: 'reload.accepted', gen: last.generation, actor: seen.actor })
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
    publish(next, 'rollback', commandEdit(actor))
    if (last.kind === 'published') audit({ ev: 'reload.rolled_back', gen: last.generation, to: number, actor })
    return last
  }

  return {
    async checkFiles(actor) {
      audit({ ev: 'reload.asked', actor })
      await watch.checkNow()
      return last
    },
    async accept(actor) {
      await watch.checkNow()
      if (holding.current === null) return { kind: 'unusable', message: 'nothing is held' }
      acceptHeld(holding.current.next, commandEdit(actor))
      return last
    },
    rollback,
    get last() {
      return last
    },
    get files() {
      return files
    },
    probed: () => probing,
    get held() {
      return holding.current?.diagnostics ?? null
    },
    async close() {
      await watch.close()
      await store?.flushed()
    },
  }
}

/** An edit asked for by a command counts from now. */
function commandEdit(actor: Actor): EditContext {
  return { noticedAt: SYSTEM_TIME.now(), actor, saved: [] }
}
