import type { AudioFormat, Connection } from '../agent/agent.ts'
import type { McpServer } from '../agent/mcp-server.ts'
import type { Tool, ToolOutcome } from '../agent/tool.ts'
import { missingFromServers } from '../session/calls/mcp-servers.ts'
import type { KnownToWork } from '../session/config-state.ts'
import type { Effect } from '../session/effect.ts'
import type { CallerEvent, ConnectionEvent, Drain, Moment, SessionEvent } from '../session/event.ts'
import type { Generation } from '../session/generation.ts'
import { wasLive } from '../session/lifetime-state.ts'
import type { Report } from '../session/report.ts'
import { settle } from '../session/settle.ts'
import { type Ending, newSession, type SessionState } from '../session/state.ts'
import { step } from '../session/step.ts'
import type { Step } from '../session/stepping.ts'
import { isAtRest } from '../session/time/quiet.ts'
import { createSessionSockets, type ServiceSocket } from './conversation/session-sockets.ts'
import { SYSTEM_TIME, type Time } from './conversation/time.ts'
import { createTimers } from './conversation/timers.ts'

/** The caller's audio output, in the session's own format. */
export interface Sound {
  open(input: AudioFormat, output: AudioFormat): void
  play(itemId: string, audio: Uint8Array): void
  /** Plays PCM16 mono at 24 kHz alongside the agent's sound. A channel that cannot mix leaves it out. */
  playBeside?(id: string, audio: Uint8Array): void
  /** Stops at the current position until `resume()` or `clear()`; sound played meanwhile queues behind it. */
  pause(): void
  resume(): void
  /** Falls silent at once; `playback.cleared` reports what was heard. */
  clear(): void
}

/** A call to run, its arguments already checked. */
export interface ToolRun {
  readonly callId: string
  readonly tool: Tool
  readonly argumentsText: string
  readonly generation: number
}

/** A running call. `finished` gives its outcome in every case, cancellation included. */
export interface RunningTool {
  readonly finished: Promise<ToolOutcome>
  cancel(): void
}

/** What a conversation needs from outside. No port throws: failures come back as events. */
export interface ConversationPorts {
  /** Delivers events only after it has returned. */
  connect(connection: Connection, onEvent: (event: ConnectionEvent) => void): ServiceSocket
  runTool(run: ToolRun): RunningTool
  /** Sets the conversation's MCP servers; their tools and failures come back as events. */
  useServers(servers: readonly McpServer[], onEvent: (event: SessionEvent) => void): void
  readonly sound: Sound
  /** Called with the generation in force. */
  onReport(report: Report, generation: Generation): void
  /**
   * Called once each time the conversation comes to rest: nothing is being said or done, and nothing is due. At `heard`, nothing is playing
   * either.
   */
  onRest(rest: Rest): void
  /** Called once, after everything else. */
  onClosed(ending: Ending): void
}

/** How far a conversation has come to rest: all is said, or also heard. */
export type Rest = 'said' | 'heard'

/** What a conversation begins with, and what it falls back on, once, if that opens no session. */
interface ConversationStart extends KnownToWork {
  readonly name: string
  readonly generation: Generation
}

/** Events about edits, besides offers. */
type EditEvent = Extract<
  SessionEvent,
  {
    type: 'agent.rejected' | 'agent.held' | 'agent.warned' | 'agent.restored' | 'agent.withdrawn' | 'agent.overtaken'
  }
>

/** One running conversation: the loop that feeds events to the core and carries out its effects. */
export interface Conversation {
  readonly name: string
  readonly agentName: string
  dispatch(event: CallerEvent): void
  offer(generation: Generation, noticedAt: number): void
  /** Reports a save that is unusable, held, repaired or warned of, or a generation that was refused elsewhere or overtaken by a newer one. */
  notifyOfEdit(event: EditEvent): void
  stop(drain: Drain): void
  /** The generation the service last confirmed in this conversation; null before the first confirmation. */
  readonly generation: number | null
  /** Author paths deferred to the next session. */
  readonly deferred: readonly string[]
  /**
   * What is missing of the MCP servers, in words: servers that have not listed their tools or have ended, and tools that `include` names.
   */
  readonly unavailable: readonly string[]
  /** In this session the caller marks the beginning and end of spoken turns. */
  readonly isManual: boolean
  /** The conversation takes nothing more from the caller. */
  readonly isEnding: boolean
  readonly isOver: boolean
}

/** Opens a conversation. It connects at once, and is over once `onClosed` is called. */
export function openConversation(
  { name, generation, ...known }: ConversationStart,
  ports: ConversationPorts,
  time: Time = SYSTEM_TIME,
): Conversation {
  /** The clock is read once, at the start; from then on only a time that never runs backwards is used. */
  const wallClockOffsetMs = time.wallClockOffset()
  let state: SessionState = newSession(name, moment(), generation, known)
  let rest: Rest | null = null
  const queue: (() => SessionEvent | null)[] = []
  let working = false
  const timers = createTimers(time, (timer) => dispatch({ type: 'timer.fired', timer }))
  const running = new Map<string, { cancel(): void }>()
  const sockets = createSessionSockets({ connect: ports.connect, queue: enqueue })

  function dispatch(event: SessionEvent): void {
    enqueue(() => event)
  }

  /** Works through the queue in order: carrying out one event's effects may add the next event. */
  function enqueue(next: () => SessionEvent | null): void {
    queue.push(next)
    if (working) return
    working = true
    for (let due = queue.shift(); due !== undefined; due = queue.shift()) {
      const event = due()
      if (event !== null && state.phase !== 'closed') applyStep(step(state, event, moment()))
    }
    working = false
    reportRest()
  }

  function applyStep([next, effects]: Step): void {
    state = next
    for (const effect of effects) perform(effect)
    if (state.phase === 'closed') end()
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case 'connect':
        return sockets.connect(effect.connection, effect.next === true)
      case 'close':
        return sockets.close(effect.next === true)
      case 'send':
        return sockets.send(effect.event, effect.next === true)
      case 'takeOver':
        return sockets.takeOver()
      case 'openSound':
        return ports.sound.open(effect.input, effect.output)
      case 'play':
        return ports.sound.play(effect.itemId, effect.audio)
      case 'playBackchannel':
        return ports.sound.playBeside?.(effect.id, effect.audio)
      case 'pausePlayback':
        return ports.sound.pause()
      case 'resumePlayback':
        return ports.sound.resume()
      case 'clearPlayback':
        return ports.sound.clear()
      case 'runTool':
        return runTool(effect)
      case 'useServers':
        return ports.useServers(effect.servers, dispatch)
      case 'cancelTool':
        return running.get(effect.callId)?.cancel()
      case 'startTimer':
        return timers.start(effect.timer, effect.ms)
      case 'stopTimer':
        return timers.stop(effect.timer)
      case 'report':
        return ports.onReport(effect.report, state.config.confirmed)
      default:
        return effect satisfies never
    }
  }

  function runTool(run: ToolRun): void {
    const startedAt = performance.now()
    const { finished, cancel } = ports.runTool(run)
    running.set(run.callId, { cancel })
    finished.then((outcome) => {
      running.delete(run.callId)
      dispatch({ type: 'tool.finished', callId: run.callId, outcome, ms: performance.now() - startedAt })
    })
  }

  function reportRest(): void {
    const now = !isAtRest(state) ? null : state.sound.playing ? 'said' : 'heard'
    if (now !== null && now !== rest) queueMicrotask(() => ports.onRest(now))
    rest = now
  }

  function end(): void {
    timers.stopAll()
    ports.onClosed(state.ending ?? { reason: 'closed', code: null, failed: false })
  }

  function moment(): Moment {
    return { now: time.now() + wallClockOffsetMs, chance: Math.random() }
  }

  applyStep(settle(state))
  return {
    name,
    agentName: generation.agent.name,
    dispatch,
    offer: ({ number: generation, agent }, at) =>
      dispatch({ type: 'agent.loaded', generation, agent, noticedAt: at + wallClockOffsetMs }),
    notifyOfEdit: (event) =>
      dispatch(event.type === 'agent.restored' ? { ...event, noticedAt: event.noticedAt + wallClockOffsetMs } : event),
    stop: (drain) => dispatch({ type: 'stop.requested', drain }),
    get generation() {
      return wasLive(state) ? state.config.confirmed.number : null
    },
    get deferred() {
      return state.config.deferred
    },
    get unavailable() {
      return missingFromServers(state)
    },
    get isManual() {
      return state.config.openedWith.turn_detection.type === 'manual'
    },
    get isEnding() {
      return state.phase === 'stopping' || state.phase === 'closing' || state.phase === 'closed'
    },
    get isOver() {
      return state.phase === 'closed'
    },
  }
}
