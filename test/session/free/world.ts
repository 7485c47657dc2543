import type { Agent } from '../../../src/agent/agent.ts'
import { createUnconfirmedSound } from '../../../src/io/service/unconfirmed-sound.ts'
import type { ServerEvent } from '../../../src/realtime/server-event.ts'
import type { Effect } from '../../../src/session/effect.ts'
import type { ConnectionEvent, SessionEvent, TimerName } from '../../../src/session/event.ts'
import type { Generation } from '../../../src/session/generation.ts'
import { compileSession } from '../../../src/session/settings/compile.ts'
import { agentWith, toolNamed } from '../../helpers/agents.ts'
import { EDITS, refusedSetting } from '../../lives/agents.ts'
import { type Choice, TIMERS } from './choices.ts'
import { Service, type ServiceContext } from './service.ts'
import { error, type Merging } from './settings.ts'

/** What the tool server lists: one tool, another whose name the file has too, or none. */
const LISTS = [[toolNamed('read_file')], [toolNamed('read_file'), toolNamed('look')], []]
const VOICES = ['Sarah', 'Dennis', 'Nobody', 'Clive']

/** What surrounds a conversation, without time: a service, a caller, an author and tools, of which any may do anything next. */
export class World {
  /** Every agent that was offered, in order; the first is the one that the conversation began with. */
  offers: readonly [Generation, ...Generation[]]
  private readonly first: Agent
  private readonly context: ServiceContext
  private live: Service | null = null
  /** The service on the connection of the next session. */
  private next: Service | null = null
  /** The keys of the items that were played since playback was last cleared, or ran out. */
  private played: readonly string[] = []
  private runningTools: readonly string[] = []
  private unheard = createUnconfirmedSound()
  private count = 0

  constructor(first: Agent, merging: Merging) {
    this.first = first
    this.offers = [{ number: 1, agent: first }]
    const nextId = (prefix: string) => {
      this.count += 1
      return `${prefix}_${this.count}`
    }
    this.context = { merging, nextId, ended: [], callIds: [], memory: 0, isVague: false }
  }

  /** The service on the connection that is in use. */
  get service(): Service | null {
    return this.live
  }

  /** Whether the service refused something, once, without saying what. */
  get isVague(): boolean {
    return this.context.isVague
  }

  /** Carries out the effects of the conversation. */
  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'connect' || effect.type === 'close') {
        const service = effect.type === 'connect' ? new Service(this.context) : null
        if (effect.next) this.next = service
        else this.use(service)
      }
      if (effect.type === 'takeOver') {
        this.use(this.next)
        this.next = null
      }
      if (effect.type === 'send' && !effect.next) this.unheard.recordSent(effect.event)
      if (effect.type === 'send') (effect.next ? this.next : this.live)?.receive(effect.event)
      if (effect.type === 'play') this.played = [...new Set([...this.played, effect.itemId])]
      if (effect.type === 'runTool') this.runningTools = [...this.runningTools, effect.callId]
    }
  }

  offer(agent: Agent): SessionEvent {
    const number = this.offers.length + 1
    this.offers = [...this.offers, { number, agent }]
    return { type: 'agent.loaded', generation: number, agent, noticedAt: 0 }
  }

  /** The event that a choice means here and now; null when it makes no sense at this point. */
  event(choice: Choice): SessionEvent | null {
    const event =
      anywhere(choice) ??
      this.fromSurroundings(choice) ??
      this.fromConnections(choice) ??
      serverEvent(this.live?.respondTo(choice))
    if (event?.type === 'server' || choice.what === 'pong') this.unheard.confirmAll()
    return event
  }

  private use(live: Service | null): void {
    this.live = live
    this.unheard = createUnconfirmedSound()
  }

  private fromSurroundings({ what, pick }: Choice): SessionEvent | null {
    switch (what) {
      case 'edit':
        return this.offer(agentWith({ ...this.first, ...EDITS[pick % EDITS.length] }))
      case 'edit again': {
        const { number: generation, agent } =
          this.offers[this.offers.length - 1 - (pick % this.offers.length)] ?? this.offers[0]
        return { type: 'agent.loaded', generation, agent, noticedAt: 0 }
      }
      case 'edit restored':
        return { type: 'agent.restored', generation: 1 + (pick % this.offers.length), noticedAt: 0 }
      case 'withdrawn':
        return this.withdraw(pick)
      case 'tool ends':
        return this.endTool(pick)
      case 'tools listed':
        return { type: 'tools.listed', server: 'files', tools: LISTS[pick % LISTS.length] ?? [] }
      case 'server fails':
        return { type: 'server.failed', server: 'files', reason: 'it has ended' }
      case 'choose voice':
        return { type: 'voice.chosen', voice: VOICES[pick % VOICES.length] ?? '' }
      case 'text':
        return { type: 'caller.text', text: `hello ${this.context.nextId('t')}` }
      case 'heard':
        return { type: 'playback.cleared', heard: this.takePlayed(pick) }
      default:
        return null
    }
  }

  /** How much was heard of each item in playback. */
  private takePlayed(pick: number) {
    const heard = this.played.map((itemId, index) => ({ itemId, ms: ((pick + 1) * (index + 7)) % 230 }))
    this.played = []
    return heard
  }

  private fromConnections({ what, pick }: Choice): SessionEvent | null {
    switch (what) {
      case 'open':
        if (this.live !== null) this.live.isOpen = true
        return { type: 'socket.opened' }
      case 'drop':
        if (this.live === null) return null
        return this.drop()
      case 'refuse connection':
        if (this.live?.isOpen) return null
        this.live = null
        return { type: 'socket.refused', status: 429, message: 'too many' }
      case 'memory update':
        this.context.memory += 1
        return serverEvent(this.live?.respondTo({ what: 'unsolicited', pick }))
      case 'timer':
        return this.fireTimer(TIMERS[pick % TIMERS.length] ?? 'ack')
      case 'retry':
        return { type: 'timer.fired', timer: 'retry' }
      case 'servers late':
        return { type: 'timer.fired', timer: 'servers' }
      case 'roll over':
        return { type: 'timer.fired', timer: 'roll over' }
      case 'next opens':
        return this.openNext()
      case 'next answers':
        return nextEvent(serverEvent(this.next?.respondTo({ what: 'answer', pick })))
      case 'next acks':
        return nextEvent(serverEvent(this.next?.respondTo({ what: 'ack item', pick })))
      case 'next fails':
        return nextEvent(this.failNext(pick))
      default:
        return null
    }
  }

  private drop(): SessionEvent {
    const unheard = this.unheard.bytes
    this.use(null)
    return { type: 'socket.closed', code: 1006, reason: 'dropped', unheard }
  }

  private fireTimer(timer: TimerName): SessionEvent {
    if (timer === 'progress') this.live?.giveUpAnswers()
    return { type: 'timer.fired', timer }
  }

  /** The socket opens, then the service begins the session. */
  private openNext(): SessionEvent | null {
    if (this.next === null) return null
    const { isOpen } = this.next
    this.next.isOpen = true
    return nextEvent(
      isOpen ? serverEvent(this.next.respondTo({ what: 'session.created', pick: 0 })) : { type: 'socket.opened' },
    )
  }

  private failNext(pick: number): ConnectionEvent | null {
    if (this.next === null) return null
    const refusedItem = this.next.respondTo({ what: 'refuse item', pick })
    const failures = [
      { type: 'socket.refused', status: pick % 2 === 0 ? 429 : 401, message: 'not now' },
      { type: 'socket.closed', code: 1006, reason: '' },
      serverEvent(error({ code: 'session_expired', message: 'too old' })),
      serverEvent(error({ type: 'server_error', message: 'Something went wrong.' })),
      serverEvent(refusedItem),
    ] as const
    const failure = failures[pick % failures.length] ?? null
    if (failure?.type.startsWith('socket.')) this.next = null
    return failure
  }

  /** Another conversation was refused one of the last edits. */
  private withdraw(pick: number): SessionEvent | null {
    const offer = this.offers.at(-1 - (pick % 2))
    if (offer === undefined || refusedSetting(compileSession(offer.agent)) === undefined) return null
    return { type: 'agent.withdrawn', generation: offer.number }
  }

  private endTool(pick: number): SessionEvent | null {
    const callId = this.runningTools[pick % Math.max(1, this.runningTools.length)]
    if (callId === undefined) return null
    this.runningTools = this.runningTools.filter((other) => other !== callId)
    const outcomes = [
      { status: 'ok', output: 'fine' },
      { status: 'timeout', message: 'took longer than 8 s' },
    ] as const
    return { type: 'tool.finished', callId, outcome: outcomes[pick % 2] ?? outcomes[0], ms: 1 }
  }
}

/** What may happen in any state of a conversation. */
function anywhere({ what, pick }: Choice): SessionEvent | null {
  switch (what) {
    case 'junk':
      return { type: 'server', event: { type: 'unknown', name: 'ping' } }
    case 'bad edit':
      return { type: 'agent.rejected', diagnostics: [] }
    case 'sound':
      return { type: 'caller.audio', audio: new Uint8Array(960) }
    case 'sound lost':
      return { type: 'audio.dropped', bytes: 2_880 }
    case 'drained':
      return { type: 'playback.drained' }
    case 'pause':
      return { type: 'caller.paused' }
    case 'resume':
      return { type: 'caller.resumed' }
    case 'hold':
      return { type: 'caller.held' }
    case 'interrupt':
      return { type: 'caller.interrupted' }
    case 'press':
      return { type: 'caller.pressed' }
    case 'committed by hand':
      return { type: 'caller.committed' }
    case 'drain':
      return { type: 'stop.requested', drain: pick === 0 ? 'heard' : 'said' }
    case 'stop':
      return pick === 0 ? { type: 'stop.requested', drain: false } : null
    default:
      return null
  }
}

function serverEvent(event: ServerEvent | null | undefined): ConnectionEvent | null {
  return event ? { type: 'server', event } : null
}

function nextEvent(event: ConnectionEvent | null): SessionEvent | null {
  return event === null ? null : { type: 'next', event }
}
