import type { ReloadResult } from '../runner/control.ts'
import { EXIT } from '../runner/exit-code.ts'
import { printError } from '../runner/printing/print-error.ts'
import { reloadResultText } from '../runner/printing/status-text.ts'
import { runningAgents, sendRequest } from '../runner/running-processes.ts'

export interface ReloadOptions {
  readonly accept?: boolean
  readonly json?: boolean
}

/** Makes running processes read their files now, or take a held save, and prints the results. Returns the exit code. */
export async function reload(
  agent: string | undefined,
  { accept = false, json = false }: ReloadOptions,
): Promise<number> {
  return requestEach(agent ?? null, { verb: 'reload', body: { accept }, json })
}

export interface RollbackOptions {
  readonly to?: number
  readonly json?: boolean
}

/** Makes a new generation of an older content in running processes. Returns the exit code. */
export async function rollback(agent: string, { to, json = false }: RollbackOptions): Promise<number> {
  return requestEach(agent, { verb: 'rollback', body: to === undefined ? {} : { to }, json })
}

interface AgentRequest {
  readonly verb: 'reload' | 'rollback'
  readonly body: object
  /** Print the answers as JSON. */
  readonly json: boolean
}

/** Sends the same request to every process with the agent, and prints each answer. */
async function requestEach(agent: string | null, { verb, body, json }: AgentRequest): Promise<number> {
  const agents = runningAgents(agent)
  if (typeof agents === 'number') return agents
  const answers = await Promise.all(
    agents.map(({ running, name }) => {
      const request = { method: 'POST', path: pathOf(name, verb), body } as const
      return sendRequest<ReloadResult | { readonly message: string }>(running, request)
    }),
  )
  const processes = new Set(agents.map(({ running }) => running))
  if (json) {
    const known = answers.filter((answer) => answer !== null)
    process.stdout.write(`${JSON.stringify(known, null, 2)}\n`)
  }
  const codes = answers.map((answer, index) => {
    if (answer === null) return EXIT.notReady
    if (!('outcome' in answer)) return printError(answer.message, EXIT.refused)
    const code = codeOf(answer)
    const whose = processes.size === 1 ? '' : `process ${agents[index]?.running.pid}: `
    if (!json) (code === 0 ? process.stdout : process.stderr).write(whose + reloadResultText(answer))
    return code
  })
  return Math.max(...codes)
}

function pathOf(agent: string, verb: AgentRequest['verb']): string {
  return `/agents/${encodeURIComponent(agent)}/${verb}`
}

/** 1: the file has faults; 5: it is held, not possible, or refused or not answered by the service. */
function codeOf({ outcome, verdict, conversations }: ReloadResult): number {
  if (verdict === 'refused') return EXIT.refused
  if (outcome.kind === 'unchanged') return EXIT.done
  if (outcome.kind === 'rejected') return EXIT.negative
  if (outcome.kind !== 'published') return EXIT.refused
  const isRefused = conversations.some(
    ({ last }) => last?.offered === outcome.generation && /^(refused|unconfirmed)$/.test(last.outcome),
  )
  return isRefused ? EXIT.refused : EXIT.done
}
