import { relative } from 'node:path'
import type { Diagnostic } from '../agent/findings/diagnostic.ts'
import { isMap } from '../agent/is-map.ts'
import type { LoadedAgent } from '../io/agent-file.ts'
import type { ControlAnswer, ControlRequest } from '../io/control/control-server.ts'
import { hashOfFile } from '../io/files/regular-file.ts'
import { SYSTEM_TIME } from './conversation/time.ts'
import type { AgentReload } from './generations/agent-reload.ts'
import type { ReloadOutcome } from './generations/consider-save.ts'
import type { ConversationStatus } from './generations/conversation-status.ts'
import type { GenerationEntry, Generations, Verdict } from './generations.ts'
import type { Frames } from './printing/frames.ts'
import type { Runner } from './runner.ts'
import { VERSION } from './version.ts'

/** The answer to `GET /status`, and the output of `runner status --json`. */
export interface Status {
  readonly schema: 'runner.status/1'
  readonly version: string
  readonly pid: number
  /** When the process began, in ms since the epoch. */
  readonly since: number
  readonly agents: readonly AgentStatus[]
  readonly conversations: readonly ConversationStatus[]
}

/** The state of one agent of a process: its generations, any held save, and the files it is made of. */
export interface AgentStatus {
  readonly name: string
  readonly file: string
  /** The generation that new conversations begin with. */
  readonly generation: Omit<GenerationEntry, 'agent'> & { readonly sha256: string }
  /** The generation they fall back on if the service refuses that one. */
  readonly fallback: number | null
  readonly held: readonly Diagnostic[] | null
  readonly last: ReloadOutcome
  /** Why that is not in force, as readable text: what is wrong with the files, or what the service refused. Else its new warnings. */
  readonly text: string
  readonly files: readonly { readonly path: string; readonly sha256: string | null }[]
}

/** The answer to `reload` and `rollback`. */
export interface ReloadResult {
  readonly agent: string
  readonly outcome: ReloadOutcome
  /** What the service has said so far. */
  readonly verdict: Verdict
  /** Why it is not in force, or its new warnings, as in the status. */
  readonly text: string
  /** The state of each conversation, after it applied, deferred or was refused the generation, or timed out. */
  readonly conversations: readonly ConversationStatus[]
}

interface ControlOptions {
  readonly runner: Runner
  readonly frames: Frames
  readonly agents: ReadonlyMap<string, { readonly reload: AgentReload; readonly loaded: LoadedAgent }>
}

/** How long a command waits for conversations to apply an edit, in ms: the longest wait for a quiet moment, with a margin. */
const OUTCOME_WAIT_MS = 15_000
const OUTCOME_POLL_MS = 20

/** Answers requests on the control socket. */
export function createControlHandler({
  runner,
  frames,
  agents,
}: ControlOptions): (request: ControlRequest) => Promise<ControlAnswer> {
  const since = Date.now()

  async function answer({ method, path, body }: ControlRequest): Promise<ControlAnswer> {
    if (method === 'GET' && path === '/status') return { status: 200, body: await status() }
    const [, name = '', verb = ''] = /^\/agents\/([^/]+)\/(reload|rollback)$/.exec(path) ?? []
    if (method !== 'POST' || verb === '') {
      const known = 'GET /status, POST /agents/<name>/reload, POST /agents/<name>/rollback'
      return { status: 404, body: { message: `there is no ${method} ${path}; there are: ${known}` } }
    }
    const agent = decodeName(name)
    const reload = agents.get(agent)?.reload
    if (reload === undefined) {
      const message = `there is no agent "${agent}"; there are: ${[...agents.keys()].join(', ')}`
      return { status: 404, body: { message } }
    }
    const message = bodyFault(verb as keyof typeof BODY_KEYS, body)
    if (message !== null) return { status: 400, body: { message } }
    const { accept, to } = Object(body) as { readonly accept?: boolean; readonly to?: number }
    const actor = { kind: 'control' } as const
    const outcome = await (verb === 'rollback'
      ? reload.rollback(to ?? null, actor)
      : accept
        ? reload.accept(actor)
        : reload.checkFiles(actor))
    return { status: HTTP_STATUS[outcome.kind], body: await reloadResult(agent, outcome) }
  }

  async function reloadResult(agent: string, outcome: ReloadOutcome): Promise<ReloadResult> {
    if (outcome.kind === 'published') {
      await agents.get(agent)?.reload.probed()
      await waitForOutcomes(agent, outcome.generation)
    }
    const verdict = generationOf(agent, outcome)?.verdict ?? 'open'
    return { agent, outcome, verdict, text: faultText(agent, outcome), conversations: statusesOf(agent) }
  }

  function generationOf(agent: string, outcome: ReloadOutcome): GenerationEntry | undefined {
    const known = runner.generations(agent)?.entries() ?? []
    return 'generation' in outcome ? known.find(({ number }) => number === outcome.generation) : undefined
  }

  function faultText(agent: string, outcome: ReloadOutcome): string {
    if ('diagnostics' in outcome) return outcome.diagnostics.map(frames.plain.frame).join('\n')
    if (outcome.kind === 'unusable') return outcome.message
    const refusal = generationOf(agent, outcome)?.refusal
    if (refusal === undefined) return 'warnings' in outcome ? outcome.warnings.map(frames.plain.frame).join('\n') : ''
    return refusal.diagnostic === null ? refusal.message : frames.plain.frame(refusal.diagnostic)
  }

  /** Resolves once every conversation has applied, deferred or been refused that generation, or the wait is over. */
  async function waitForOutcomes(agent: string, generation: number): Promise<void> {
    const until = SYSTEM_TIME.now() + OUTCOME_WAIT_MS
    while (SYSTEM_TIME.now() < until && statusesOf(agent).some((conversation) => isPending(conversation, generation)))
      await new Promise((resolve) => setTimeout(resolve, OUTCOME_POLL_MS))
  }

  function statusesOf(agent: string): readonly ConversationStatus[] {
    return runner.statuses().filter((conversation) => conversation.agent === agent)
  }

  async function status(): Promise<Status> {
    const agentStatuses = [...agents].map(([name, { reload, loaded }]) => agentStatus(name, reload, loaded))
    const all = await Promise.all(agentStatuses)
    return {
      schema: 'runner.status/1',
      version: VERSION,
      pid: process.pid,
      since,
      agents: all,
      conversations: runner.statuses(),
    }
  }

  async function agentStatus(
    name: string,
    reload: AgentReload,
    { agent: { file }, root }: LoadedAgent,
  ): Promise<AgentStatus> {
    const known = runner.generations(name) as Generations
    const { agent, ...newest } = known.newest()
    const { last, files: paths } = reload
    const files = await Promise.all(
      paths.map(async (path) => ({ path: relative(root, path), sha256: await hashOfFile(path) })),
    )
    return {
      name,
      file,
      files,
      held: reload.held,
      last,
      text: faultText(name, last),
      fallback: known.fallback()?.number ?? null,
      generation: { ...newest, sha256: agent.hash },
    }
  }

  return answer
}

const BODY_KEYS = {
  reload: { key: 'accept', wanted: 'true or false', fits: (value: unknown) => typeof value === 'boolean' },
  rollback: { key: 'to', wanted: 'a number', fits: Number.isInteger },
}

/** What is wrong with a body. A mistyped key must not be taken for none: that rolls back to another generation than was meant. */
function bodyFault(verb: keyof typeof BODY_KEYS, body: unknown): string | null {
  const { key, wanted, fits } = BODY_KEYS[verb]
  if (body !== null && !isMap(body)) return `the body: one JSON object is wanted, such as {"${key}": …}, or none`
  for (const [name, value] of Object.entries(body ?? {})) {
    if (name !== key) return `${name}: there is no such key; ${key} is the only one`
    if (!fits(value)) return `${key}: ${wanted} is wanted`
  }
  return null
}

/** 409: somebody has to decide; 422: the file has faults. */
const HTTP_STATUS = { published: 200, unchanged: 200, held: 409, rejected: 422, unusable: 409 } as const

function isPending({ generation, last }: ConversationStatus, wanted: number): boolean {
  if (generation === null || generation >= wanted) return false
  if (last === null || last.offered < wanted) return true
  return last.outcome === 'waiting' || last.outcome === 'sent'
}

/** Decodes a name in a URL. A name that is not validly encoded stays as it is; it matches no agent. */
function decodeName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
