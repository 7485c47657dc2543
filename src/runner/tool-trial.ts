import type { Agent } from '../agent/agent.ts'
import type { Diagnostic } from '../agent/findings/diagnostic.ts'
import { PAGE_TOKEN } from '../agent/runner-secrets.ts'
import type { Tool } from '../agent/tool.ts'
import type { LoadedAgent } from '../io/agent-file.ts'
import type { ToolTrace } from '../io/tools/tool-trace.ts'
import { answerOf, type CallAnswer, checkCall } from '../session/calls/call-check.ts'
import type { ToolListing } from '../session/settings/listed-tools.ts'
import { entryOfTool, placeOf } from '../session/settings/place.ts'
import { omittedToolsFinding } from '../session/settings/setting-diagnostics.ts'
import { wantedSettings } from '../session/settings/wanted-settings.ts'
import { createToolbox, type Toolbox } from './toolbox.ts'

interface ToolTrialOptions {
  readonly agent: Agent
  readonly env: NodeJS.ProcessEnv
  readonly trace: (event: ToolTrace) => void
  /** A problem a server reports, or one with the server itself. */
  readonly onProblem: (message: string) => void
}

/** The tools of an agent outside a conversation. */
interface ToolTrial {
  /** The agent, including the tools its MCP servers list; waits for each server. */
  withServerTools(): Promise<Agent>
  /** Runs one tool as a conversation would: the same check, launch, timeout and answer. */
  run(agent: Agent, name: string, argumentsText: string): Promise<CallAnswer>
  /** Ends tools and servers, leaving nothing behind. */
  close(): Promise<void>
}

/** For one agent. The caller must close it: tools and servers may still run. */
export function openToolTrial({ agent, env, trace, onProblem }: ToolTrialOptions): ToolTrial {
  const log = (message: string, { alert, detail, reason }: { readonly [key: string]: unknown }) => {
    if (alert === true) onProblem(`${message}: ${detail ?? reason}`)
  }
  const toolbox = createToolbox({ env, hidden: () => [PAGE_TOKEN, agent.connection.api_key_env], log, trace })
  return {
    async withServerTools() {
      const listed = await listAll(toolbox, agent, onProblem)
      const joined = wantedSettings({ number: 1, agent }, { listed, overrides: [] })
      for (const omitted of joined.omittedTools) onProblem(omittedToolsFinding(agent, omitted).message)
      return joined.agent
    },
    async run(offered, name, givenArguments) {
      const checked = checkCall({ name, arguments: givenArguments }, offered.tools)
      if ('answer' in checked) return checked.answer
      const { tool, argumentsText } = checked
      const call = { callId: `try_${process.pid}`, tool, argumentsText, agent: agent.name }
      return answerOf(await toolbox.run({ ...call, conversation: CONVERSATION, generation: 1 }).finished)
    },
    close: toolbox.close,
  }
}

const CONVERSATION = 'try'

/** The findings in the entry of one tool. */
export function findingsOfTool({ agent, diagnostics }: LoadedAgent, tool: Tool): readonly Diagnostic[] {
  const place = placeOf(agent, entryOfTool(agent, tool))
  return diagnostics.filter(({ file, range: { start } }) => {
    if (place === null || file !== place.file) return false
    return start.offset >= place.start.offset && start.offset < place.end.offset
  })
}

/** Waits for the first list of each server; one that fails first lists nothing. */
async function listAll(
  toolbox: Toolbox,
  { servers }: Agent,
  onProblem: ToolTrialOptions['onProblem'],
): Promise<readonly ToolListing[]> {
  const waits = new Map(servers.map(({ name }) => [name, Promise.withResolvers<ToolListing>()]))
  /** Servers reported as missing, which are not reported again with each attempt to start them. */
  const missing = new Set<string>()
  await toolbox.useServers(CONVERSATION, servers, (event) => {
    const { server } = event
    if (event.type === 'server.failed') {
      if (!missing.has(server)) onProblem(`the server ${server} is not there: ${event.reason}`)
      missing.add(server)
      waits.get(server)?.resolve({ server, tools: [] })
      return
    }
    missing.delete(server)
    for (const problem of event.problems) onProblem(problem)
    waits.get(server)?.resolve({ server, tools: event.tools })
  })
  return Promise.all([...waits.values()].map(({ promise }) => promise))
}
