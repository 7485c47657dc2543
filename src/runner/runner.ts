import type { Agent, Connection } from '../agent/agent.ts'
import type { Diagnostic } from '../agent/diagnostic.ts'
import type { ToolOutcome } from '../agent/tool.ts'
import type { SessionEvent } from '../session/event.ts'
import type { Report } from '../session/report.ts'
import type { Ending, Generation } from '../session/state.ts'
import { type Conversation, openConversation, type ServiceSocket, type Sound, type ToolRun } from './conversation.ts'
import { createGenerations, type Generations } from './generations.ts'

/** What the runner needs of the world for all its conversations. */
export interface RunnerPorts {
  connect(connection: Connection, conversation: string, onEvent: (event: SessionEvent) => void): ServiceSocket
  /** An agent that conversations will be held on from now on: what its tools keep running may start. */
  prepare(agent: Agent): void
  runTool(run: ToolRun & { readonly agent: string; readonly conversation: string }): {
    readonly finished: Promise<ToolOutcome>
    cancel(): void
  }
  onReport(report: Report, generation: Generation): void
  onRest(conversation: string): void
  onClosed(conversation: string, ending: Ending): void
}

/** Whoever opened a conversation: its caller hears here, and it alone is told what this conversation reports. */
export interface Host {
  readonly sound: Sound
  onReport(report: Report): void
  /** Nothing is being said or done, and nothing is owed. */
  onRest(): void
  onClosed(ending: Ending): void
}

/** Why a conversation was not opened, in words and as a code for programs. */
export interface NotOpened {
  readonly message: string
  readonly code: 'unknown_agent' | 'name_taken' | 'too_many'
}

/** Many conversations on the agents given, each opened and ended at any time. */
export interface Runner {
  /** Opens a conversation under a name that no open one has, with the first agent where none is named. */
  open(wanted: { readonly name: string; readonly agent: string | null }, host: Host): Conversation | NotOpened
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
  for (const agent of agents) ports.prepare(agent)

  function active(): readonly Conversation[] {
    return [...conversations.values()].filter((conversation) => !conversation.isOver)
  }

  function talkingWith(agentName: string): readonly Conversation[] {
    return active().filter((conversation) => conversation.agentName === agentName)
  }

  return {
    active,
    conversation: (name) => conversations.get(name),
    open({ name, agent }, host) {
      const wanted = agent ?? agents[0]?.name ?? ''
      const known = generations.get(wanted)
      if (known === undefined) {
        const names = [...generations.keys()].join(', ')
        return { message: `there is no agent "${wanted}"; there are: ${names}`, code: 'unknown_agent' }
      }
      if (conversations.has(name)) return { message: `a conversation "${name}" is open already`, code: 'name_taken' }
      if (conversations.size >= CONVERSATIONS_MAX)
        return { message: `there are ${CONVERSATIONS_MAX} conversations already`, code: 'too_many' }
      const conversation = openConversation(name, known.newest(), {
        connect: (connection, onEvent) => ports.connect(connection, name, onEvent),
        runTool: (run) => ports.runTool({ ...run, agent: wanted, conversation: name }),
        sound: host.sound,
        onReport(report, generation) {
          if (report.type === 'reload.refused' && report.offered !== null) known.refuse(report.offered)
          host.onReport(report)
          ports.onReport(report, generation)
        },
        onRest() {
          ports.onRest(name)
          host.onRest()
        },
        onClosed(ending) {
          conversations.delete(name)
          ports.onClosed(name, ending)
          host.onClosed(ending)
        },
      })
      conversations.set(name, conversation)
      return conversation
    },
    loaded(agent, noticedAt) {
      const generation = generations.get(agent.name)?.add(agent)
      if (generation) ports.prepare(agent)
      if (generation) for (const conversation of talkingWith(agent.name)) conversation.offer(generation, noticedAt)
    },
    rejected(agentName, diagnostics) {
      for (const conversation of talkingWith(agentName)) conversation.reject({ type: 'agent.rejected', diagnostics })
    },
  }
}
