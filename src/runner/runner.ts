import type { Agent, Connection } from '../agent/agent.ts'
import type { McpServer } from '../agent/mcp-server.ts'
import type { ConnectionEvent, SessionEvent } from '../session/event.ts'
import type { Generation } from '../session/generation.ts'
import type { Refusal, Report } from '../session/report.ts'
import type { Ending } from '../session/state.ts'
import type { ServiceSocket } from './conversation/session-sockets.ts'
import { SYSTEM_TIME } from './conversation/time.ts'
import {
  type Conversation,
  type ConversationPorts,
  openConversation,
  type Rest,
  type RunningTool,
  type Sound,
  type ToolRun,
} from './conversation.ts'
import { type ConversationStatus, statusAfter } from './generations/conversation-status.ts'
import { type Judgement, judgementIn, refusalOf } from './generations/judgement.ts'
import { createOfferPacer } from './generations/offer-pacer.ts'
import { type ProbeResult, probe } from './generations/probe.ts'
import { createGenerations, type EarlierGenerations, type GenerationEntry, type Generations } from './generations.ts'

/** What the runner needs from outside for all its conversations. */
export interface RunnerPorts {
  connect(
    connection: Connection,
    whose: { readonly agent: string; readonly conversation: string },
    onEvent: (event: ConnectionEvent) => void,
  ): ServiceSocket
  /** Called before conversations are held with an agent, so that its workers may start. */
  prepare(agent: Agent): void
  useServers(conversation: string, servers: readonly McpServer[], onEvent: (event: SessionEvent) => void): void
  runTool(run: ToolRun & { readonly agent: string; readonly conversation: string }): RunningTool
  onReport(report: Report, generation: Generation): void
  onRest(conversation: string): void
  onClosed(conversation: string, ending: Ending): void
  /** Called when the service's verdict on a generation changes. */
  onVerdict?(judged: GenerationEntry): void
}

/** Saves that offer conversations nothing. */
export type SaveEvent = Extract<
  SessionEvent,
  { type: 'agent.rejected' | 'agent.held' | 'agent.warned' | 'agent.restored' }
>

/** Whoever opened a conversation: its caller hears through this, and it alone gets the conversation's reports. */
interface ConversationHost {
  readonly sound: Sound
  onReport(report: Report): void
  /** Nothing is being said or done, and nothing is due. At `heard`, nothing is playing either. */
  onRest(rest: Rest): void
  onClosed(ending: Ending): void
}

/** Why a conversation was not opened, in words and as a code for programs. */
interface OpenFailure {
  readonly message: string
  readonly code: 'unknown_agent' | 'name_taken' | 'too_many'
}

/** Many conversations with the given agents, each opened and ended at any time. */
export interface Runner {
  /** Opens a conversation with the named agent, or the first one. Its name must not be that of an open conversation. */
  open(
    wanted: { readonly name: string; readonly agent: string | null },
    host: ConversationHost,
  ): Conversation | OpenFailure
  conversation(name: string): Conversation | undefined
  /** Conversations with that agent that are not over. */
  conversationsWith(agentName: string): readonly Conversation[]
  /** Offers a generation to every conversation with its agent, spread out in time. */
  offer(generation: Generation, noticedAt: number): void
  /** Asks the service about a generation in a session of its own, without a caller. */
  probe(generation: Generation): Promise<ProbeResult>
  /** Reports a save that changes nothing to every conversation with that agent. */
  notifyOfSave(agentName: string, save: SaveEvent): void
  /** The generations of the named agent, or of the first one. */
  generations(agentName: string | null): Generations | undefined
  statuses(): readonly ConversationStatus[]
  /** Drops the offers that still wait, and stops probing. */
  close(): void
}

/** Conversations that one process holds at once. */
const CONVERSATIONS_MAX = 1_000

/** Opens no conversation by itself. `earlier` is what an earlier process left of each agent, by name. */
export function createRunner(
  agents: readonly Agent[],
  ports: RunnerPorts,
  earlier: ReadonlyMap<string, EarlierGenerations> = new Map(),
): Runner {
  const generations = new Map<string, Generations>(
    agents.map((agent) => [agent.name, createGenerations(agent, Date.now(), earlier.get(agent.name) ?? null)]),
  )
  const first = agents[0]?.name ?? ''
  const opened = new Map<string, OpenConversation>()
  for (const agent of agents) ports.prepare(agent)
  const probes = new Set<{ stop(): void }>()
  const pacer = createOfferPacer<Offer>((name, { generation, noticedAt }) => {
    opened.get(name)?.conversation.offer(generation, noticedAt)
  })

  function conversationsWith(agentName: string): readonly Conversation[] {
    return [...opened.values()]
      .map(({ conversation }) => conversation)
      .filter((conversation) => conversation.agentName === agentName && !conversation.isOver)
  }

  /** Queues an offer, and reports one that it replaces: that conversation will never see it. */
  function queueOffer(conversation: Conversation, offer: Offer): void {
    const overtaken = pacer.queue(conversation.name, offer)?.generation.number
    const by = offer.generation.number
    if (overtaken !== undefined && overtaken < by)
      conversation.notifyOfEdit({ type: 'agent.overtaken', generation: overtaken, by })
  }

  function judge(agentName: string, judgement: Judgement): void {
    const { number, verdict } = judgement
    const refusal = verdict === 'refused' ? judgement.refusal : undefined
    const judged = generations.get(agentName)?.recordVerdict(number, verdict, refusal) ?? null
    if (judged === null) return
    ports.onVerdict?.(judged)
    if (refusal !== undefined) withdraw(agentName, number, refusal)
  }

  /**
   * Withdraws a generation the service refused: every conversation learns of it, and gets the newest one not refused in place of what waits
   * for it.
   */
  function withdraw(agentName: string, number: number, refusal: Refusal): void {
    const generation = generations.get(agentName)?.newest()
    for (const conversation of conversationsWith(agentName)) {
      conversation.notifyOfEdit({ type: 'agent.withdrawn', generation: number, refusal })
      if (generation && !conversation.isOver) queueOffer(conversation, { generation, noticedAt: SYSTEM_TIME.now() })
    }
  }

  /** The ports of one conversation. Its host gets a report last, so that whatever somebody has seen is already in the journal. */
  function portsOf(name: string, agent: string, host: ConversationHost): ConversationPorts {
    return {
      connect: (connection, onEvent) => ports.connect(connection, { agent, conversation: name }, onEvent),
      runTool: (run) => ports.runTool({ ...run, agent, conversation: name }),
      useServers: (servers, onEvent) => ports.useServers(name, servers, onEvent),
      sound: host.sound,
      onReport(report, generation) {
        const entry = opened.get(name)
        if (entry !== undefined) entry.status = statusAfter(entry.status, report)
        ports.onReport(report, generation)
        host.onReport(report)
        const judgement = judgementIn(report, entry?.conversation.deferred ?? [])
        if (judgement !== null) judge(agent, judgement)
      },
      onRest(rest) {
        ports.onRest(name)
        host.onRest(rest)
      },
      onClosed(ending) {
        opened.delete(name)
        pacer.remove(name)
        ports.onClosed(name, ending)
        host.onClosed(ending)
      },
    }
  }

  return {
    conversationsWith,
    conversation: (name) => opened.get(name)?.conversation,
    open({ name, agent }, host) {
      const agentName = agent ?? first
      const known = generations.get(agentName)
      if (known === undefined) {
        const names = [...generations.keys()].join(', ')
        return { message: `there is no agent "${agentName}"; there are: ${names}`, code: 'unknown_agent' }
      }
      if (opened.has(name)) return { message: `a conversation "${name}" is open already`, code: 'name_taken' }
      if (opened.size >= CONVERSATIONS_MAX)
        return { message: `there are ${CONVERSATIONS_MAX} conversations already`, code: 'too_many' }
      const status = { ...INITIAL_STATUS, conversation: name, agent: agentName, since: Date.now() }
      const start = { name, generation: known.newest(), fallback: known.fallback(), connection: known.connection() }
      const conversation = openConversation(start, portsOf(name, agentName, host))
      opened.set(name, { conversation, status })
      return conversation
    },
    offer(generation, noticedAt) {
      ports.prepare(generation.agent)
      for (const conversation of conversationsWith(generation.agent.name))
        queueOffer(conversation, { generation, noticedAt })
    },
    async probe(generation) {
      const { name } = generation.agent
      const probing = probe(generation, (connection, onEvent) =>
        ports.connect(connection, { agent: name, conversation: `probe-${generation.number}` }, onEvent),
      )
      probes.add(probing)
      const probed = await probing.answer
      probes.delete(probing)
      const { number } = generation
      if (probed.kind === 'confirmed') judge(name, { number, verdict: 'confirmed' })
      if (probed.kind === 'refused') judge(name, { number, verdict: 'refused', refusal: refusalOf(probed.refusal) })
      return probed
    },
    notifyOfSave(agentName, save) {
      for (const conversation of conversationsWith(agentName)) conversation.notifyOfEdit(save)
    },
    generations: (agentName) => generations.get(agentName ?? first),
    statuses: () =>
      [...opened.values()].map(({ conversation: { generation, deferred }, status }) => ({
        ...status,
        generation,
        deferred,
      })),
    close() {
      pacer.close()
      for (const probing of probes) probing.stop()
    },
  }
}

interface OpenConversation {
  readonly conversation: Conversation
  /** As its reports tell it. */
  status: ConversationStatus
}

interface Offer {
  readonly generation: Generation
  readonly noticedAt: number
}

const INITIAL_STATUS = { generation: null, waiting: [], deferred: [], last: null } as const
