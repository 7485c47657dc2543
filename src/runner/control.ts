import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import type { Diagnostic } from '../agent/findings/diagnostic.ts'
import type { LoadedAgent } from '../io/agent-file.ts'
import type { ControlAnswer, ControlRequest } from '../io/control/control-server.ts'
import { SYSTEM_TIME } from './conversation/time.ts'
import type { AgentReload, Outcome } from './generations/agent-reload.ts'
import type { Standing } from './generations/standing.ts'
import type { Entry, Generations, Verdict } from './generations.ts'
import type { Frames } from './printing/frames.ts'
import type { Runner } from './runner.ts'
import { VERSION } from './version.ts'

/** What `GET /status` answers, and `runner status --json` prints. */
export interface Status {
  readonly schema: 'runner.status/1'
  readonly version: string
  readonly pid: number
  /** When the process began, in ms since the epoch. */
  readonly since: number
  readonly agents: readonly AgentStatus[]
  readonly conversations: readonly Standing[]
}

/** What one agent of a process is at: its generations, what is held, and the files that it is made of. */
export interface AgentStatus {
  readonly name: string
  readonly file: string
  /** What new conversations begin with. */
  readonly generation: Omit<Entry, 'agent'> & { readonly sha256: string }
  /** What they fall back on if the service refuses that. */
  readonly fallback: number | null
  readonly held: readonly Diagnostic[] | null
  readonly last: Outcome
  readonly files: readonly { readonly path: string; readonly sha256: string | null }[]
}

/** What `reload` and `rollback` answer. */
export interface Reloaded {
  readonly agent: string
  readonly outcome: Outcome
  /** What the service has said so far. */
  readonly verdict: Verdict
  /** Diagnostics as people read them. */
  readonly text: string
  /** How each conversation stands to it once it had its time. */
  readonly conversations: readonly Standing[]
}

interface ControlOptions {
  readonly runner: Runner
  readonly frames: Frames
  readonly agents: ReadonlyMap<string, { readonly reload: AgentReload; readonly loaded: LoadedAgent }>
}

/** How long the answer to a command waits for conversations to take an edit up, in ms: the wait for a quiet moment, and some. */
const OUTCOME_MS = 15_000
const OUTCOME_LOOK_MS = 20

/** Answers what comes through the control socket. */
export function createControl({
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
    const agent = decoded(name)
    const reload = agents.get(agent)?.reload
    if (reload === undefined) {
      const message = `there is no agent "${agent}"; there are: ${[...agents.keys()].join(', ')}`
      return { status: 404, body: { message } }
    }
    const { accept, to } = Object(body) as { readonly accept?: unknown; readonly to?: unknown }
    if (to !== undefined && !Number.isInteger(to)) return { status: 400, body: { message: 'to: a number is wanted' } }
    const actor = { kind: 'control' } as const
    const outcome = await (verb === 'rollback'
      ? reload.rollback((to as number | undefined) ?? null, actor)
      : accept === true
        ? reload.accept(actor)
        : reload.look(actor))
    return { status: STATUS_OF[outcome.kind], body: await reloaded(agent, outcome) }
  }

  async function reloaded(agent: string, outcome: Outcome): Promise<Reloaded> {
    const text = 'diagnostics' in outcome ? outcome.diagnostics.map(frames.plain.frame).join('\n') : ''
    if (outcome.kind === 'published') {
      await agents.get(agent)?.reload.probed()
      await takenUp(agent, outcome.generation)
    }
    const known = runner.generations(agent)?.entries() ?? []
    const entry = 'generation' in outcome ? known.find(({ number }) => number === outcome.generation) : undefined
    return { agent, outcome, verdict: entry?.verdict ?? 'open', text, conversations: standings(agent) }
  }

  /** Resolves once every conversation has an answer to that generation, or its time is over. */
  async function takenUp(agent: string, generation: number): Promise<void> {
    const until = SYSTEM_TIME.now() + OUTCOME_MS
    while (SYSTEM_TIME.now() < until && standings(agent).some((standing) => isOpen(standing, generation)))
      await new Promise((resolve) => setTimeout(resolve, OUTCOME_LOOK_MS))
  }

  function standings(agent: string): readonly Standing[] {
    return runner.standings().filter((standing) => standing.agent === agent)
  }

  async function status(): Promise<Status> {
    const each = [...agents].map(([name, { reload, loaded }]) => agentStatus(name, reload, loaded))
    const all = await Promise.all(each)
    return {
      schema: 'runner.status/1',
      version: VERSION,
      pid: process.pid,
      since,
      agents: all,
      conversations: runner.standings(),
    }
  }

  async function agentStatus(
    name: string,
    reload: AgentReload,
    { agent: { file }, root }: LoadedAgent,
  ): Promise<AgentStatus> {
    const known = runner.generations(name) as Generations
    const { agent, ...newest } = known.newest()
    const paths = reload.files
    const files = await Promise.all(
      paths.map(async (path) => ({ path: relative(root, path), sha256: await hashOf(path) })),
    )
    return {
      name,
      file,
      files,
      held: reload.held,
      last: reload.last,
      fallback: known.fallback()?.number ?? null,
      generation: { ...newest, sha256: agent.hash },
    }
  }

  return answer
}

/** 409: somebody has to say what is meant; 422: the file has faults. */
const STATUS_OF = { published: 200, unchanged: 200, held: 409, rejected: 422, unusable: 409 } as const

function isOpen({ generation, last }: Standing, wanted: number): boolean {
  if (generation === null || generation >= wanted) return false
  if (last === null || last.offered < wanted) return true
  return last.outcome === 'waiting' || last.outcome === 'sent'
}

/** A name that is no URL's part is nobody's, as it stands. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

async function hashOf(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch(() => null)
  return bytes === null ? null : createHash('sha256').update(bytes).digest('hex')
}
