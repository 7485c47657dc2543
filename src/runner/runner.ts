import type { Agent, Connection } from '../agent/agent.ts'
import type { Diagnostic } from '../agent/diagnostic.ts'
import type { ToolOutcome } from '../agent/tool.ts'
import type { SessionEvent } from '../session/event.ts'
import type { Report } from '../session/report.ts'
import type { Ending } from '../session/state.ts'
import { type Conversation, openConversation, type ServiceSocket, type Sound, type ToolRun } from './conversation.ts'
import { createGenerations, type Generations } from './generations.ts'

/** What the runner needs of the world for all its conversations. */
export interface RunnerPorts {
  connect(connection: Connection, conversation: string, onEvent: (event: SessionEvent) => void): ServiceSocket
  runTool(run: ToolRun & { readonly agent: string; readonly conversation: string }): {
    readonly finished: Promise<ToolOutcome>
    cancel(): void
  }
  onReport(report: Report): void
  onRest(conversation: string): void
  onClosed(conversation: string, ending: Ending): void
}

/** Many conversations on the agents given. */
export interface Runner {
  /** Opens a conversation with an agent, the first one where none is named; a string says why it cannot. */
  open(name: string, agentName: string | null, sound: Sound): Conversation | string
  conversation(name: string): Conversation | undefined
  /** Conversations that are not over. */
  active(): readonly Conversation[]
  loaded(agent: Agent, noticedAt: number): void
  rejected(agentName: string, diagnostics: readonly Diagnostic[]): void
}

/** Conversations that one process holds at once. */
const CONVERSATIONS_MAX = 1_000

export function createRunner(agents: readonly Agent[], ports: RunnerPorts): Runner {
  const generations = new Map<string, Generations>(agents.map((agent) => [agent.name, createGenerations(agent)]))
  const conversations = new Map<string, Conversation>()

  function active(): readonly Conversation[] {
    return [...conversations.values()].filter((conversation) => !conversation.isOver)
  }

  function talkingWith(agentName: string): readonly Conversation[] {
    return active().filter((conversation) => conversation.agentName === agentName)
  }

  return {
    active,
    conversation: (name) => conversations.get(name),
    open(name, agentName, sound) {
      const wanted = agentName ?? agents[0]?.name ?? ''
      const known = generations.get(wanted)
      if (known === undefined) return `there is no agent "${wanted}"; there are: ${[...generations.keys()].join(', ')}`
      if (active().length >= CONVERSATIONS_MAX) return `there are ${CONVERSATIONS_MAX} conversations already`
      const conversation = openConversation(name, known.newest(), {
        connect: (connection, onEvent) => ports.connect(connection, name, onEvent),
        runTool: (run) => ports.runTool({ ...run, agent: wanted, conversation: name }),
        sound,
        onReport(report) {
          if (report.type === 'reload.refused' && report.offered !== null) known.refuse(report.offered)
          ports.onReport(report)
        },
        onRest: () => ports.onRest(name),
        onClosed(ending) {
          conversations.delete(name)
          ports.onClosed(name, ending)
        },
      })
      conversations.set(name, conversation)
      return conversation
    },
    loaded(agent, noticedAt) {
      const generation = generations.get(agent.name)?.add(agent)
      if (generation) for (const conversation of talkingWith(agent.name)) conversation.offer(generation, noticedAt)
    },
    rejected(agentName, diagnostics) {
      for (const conversation of talkingWith(agentName)) conversation.reject({ type: 'agent.rejected', diagnostics })
    },
  }
}
