import type { AudioFormat, Connection } from '../agent/agent.ts'
import type { McpServer } from '../agent/mcp-server.ts'
import type { Tool, ToolOutcome } from '../agent/tool.ts'
import { awayOf } from '../session/calls/servers.ts'
import type { Generation } from '../session/config-state.ts'
import type { Effect } from '../session/effect.ts'
import type { CallerEvent, ConnectionEvent, Drain, Moment, SessionEvent, TimerName } from '../session/event.ts'
import { wasLive } from '../session/life.ts'
import type { Report } from '../session/report.ts'
import { settle } from '../session/settle.ts'
import { type Ending, newSession, type SessionState } from '../session/state.ts'
import { step } from '../session/step.ts'
import type { Step } from '../session/stepping.ts'
import { isAtRest } from '../session/time/quiet.ts'
import { createSessionSockets, type ServiceSocket } from './conversation/session-sockets.ts'
import { SYSTEM_TIME, type Time } from './conversation/time.ts'

/** How a caller hears. The sound is in the session's own format. */
export interface Sound {
  open(input: AudioFormat, output: AudioFormat): void
  play(itemId: string, audio: Uint8Array): void
  /** Sound in a lane of its own, PCM16 mono at 24 kHz; a way in that cannot mix leaves it out. */
  playBeside?(id: string, audio: Uint8Array): void
  /** Stands still where it is until `resume()` or `clear()`; what is played meanwhile waits behind it. */
  pause(): void
  resume(): void
  /** Falls silent at once; what was heard comes back as `playback.cleared`. */
  clear(): void
}

/** A call that is to be run, its arguments checked already. */
export interface ToolRun {
  readonly callId: string
  readonly tool: Tool
  readonly argumentsText: string
  readonly generation: number
}

/** A call while it runs; whatever becomes of it is its outcome, also where it was cancelled. */
export interface RunningTool {
  readonly finished: Promise<ToolOutcome>
  cancel(): void
}

/** What a conversation needs of the world. None of it throws: what goes wrong comes back as an event. */
export interface ConversationPorts {
  /** Events come once it has returned. */
  connect(connection: Connection, onEvent: (event: ConnectionEvent) => void): ServiceSocket
  runTool(run: ToolRun): RunningTool
  /** The conversation has these servers from now on; what they list, and that they fail, comes back as events. */
  useServers(servers: readonly McpServer[], onEvent: (event: SessionEvent) => void): void
  readonly sound: Sound
  /** Told with the generation that is in force. */
  onReport(report: Report, generation: Generation): void
  /** Nothing is being said or done, and nothing is owed; once it was `heard`, nothing is being heard either. Told once each time it becomes so. */
  onRest(rest: Rest): void
  /** Told once, and nothing after it. */
  onClosed(ending: Ending): void
}

/** How far a conversation has come to rest. */
export type Rest = 'said' | 'heard'

/** What a conversation begins with, and what it falls back on once if the service refuses that. */
interface Begun {
  readonly generation: Generation
  readonly fallback?: Generation | null
}

/** What a conversation is told of edits, beside what is offered to it. */
type EditTold = Extract<
  SessionEvent,
  { type: 'agent.rejected' | 'agent.held' | 'agent.restored' | 'agent.withdrawn' | 'agent.overtaken' }
>

/** One conversation as it runs: the loop that feeds the core with events and carries its orders out. */
export interface Conversation {
  readonly name: string
  readonly agentName: string
  tell(event: CallerEvent): void
  offer(generation: Generation, noticedAt: number): void
  /** A save that cannot be used or is held, or that mends such a one; a generation that the service refused elsewhere, or that a newer one overtook. */
  tellOfEdit(event: EditTold): void
  stop(drain: Drain): void
  /** The generation that the service last confirmed to it; null before the first confirmation. */
  readonly generation: number | null
  /** Author paths that wait for the next session. */
  readonly deferred: readonly string[]
  /** What of MCP servers is not there, in words: servers that have not listed their tools, or have ended, and tools that are to be included. */
  readonly away: readonly string[]
  /** In its session the caller himself says where his spoken turns begin and end. */
  readonly isManual: boolean
  /** Nothing that the caller says is taken any more. */
  readonly isEnding: boolean
  readonly isOver: boolean
}

/** Opens a conversation: it connects at once, and is over when `onClosed` has been told. */
export function openConversation(
  name: string,
  { generation, fallback = null }: Begun,
  ports: ConversationPorts,
  time: Time = SYSTEM_TIME,
): Conversation {
  let state: SessionState = newSession(name, generation, fallback)
  let rest: Rest | null = null
  const queue: (() => SessionEvent | null)[] = []
  let working = false
  const timers = new Map<TimerName, () => void>()
  const running = new Map<string, { cancel(): void }>()
  /** A conversation begins by the clock, and goes on by time that never runs backwards. */
  const aheadMs = time.ahead()
  const sockets = createSessionSockets({ connect: ports.connect, queue: work })

  function dispatch(event: SessionEvent): void {
    work(() => event)
  }

  /** Takes what waits in the queue, one after the other: carrying out the orders of one event may bring the next. */
  function work(next: () => SessionEvent | null): void {
    queue.push(next)
    if (working) return
    working = true
    for (let due = queue.shift(); due !== undefined; due = queue.shift()) {
      const event = due()
      if (event !== null && state.phase !== 'closed') take(step(state, event, moment()))
    }
    working = false
    noteRest()
  }

  function take([next, effects]: Step): void {
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
      case 'playBeside':
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
        return startTimer(effect.timer, effect.ms)
      case 'stopTimer':
        return stopTimer(effect.timer)
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

  function startTimer(timer: TimerName, ms: number): void {
    stopTimer(timer)
    timers.set(
      timer,
      time.after(ms, () => dispatch({ type: 'timer.fired', timer })),
    )
  }

  function stopTimer(timer: TimerName): void {
    timers.get(timer)?.()
    timers.delete(timer)
  }

  function noteRest(): void {
    const now = !isAtRest(state) ? null : state.sound.playing ? 'said' : 'heard'
    if (now !== null && now !== rest) queueMicrotask(() => ports.onRest(now))
    rest = now
  }

  function end(): void {
    for (const timer of [...timers.keys()]) stopTimer(timer)
    ports.onClosed(state.ending ?? { reason: 'closed', code: null, failed: false })
  }

  function moment(): Moment {
    return { now: time.now() + aheadMs, chance: Math.random() }
  }

  take(settle(state, moment()))
  return {
    name,
    agentName: generation.agent.name,
    tell: dispatch,
    offer: ({ number: generation, agent }, at) =>
      dispatch({ type: 'agent.loaded', generation, agent, noticedAt: at + aheadMs }),
    tellOfEdit: (event) =>
      dispatch(event.type === 'agent.restored' ? { ...event, noticedAt: event.noticedAt + aheadMs } : event),
    stop: (drain) => dispatch({ type: 'stop.requested', drain }),
    get generation() {
      return wasLive(state) ? state.config.confirmed.number : null
    },
    get deferred() {
      return state.config.deferred
    },
    get away() {
      return awayOf(state)
    },
    get isManual() {
      return state.config.opened.turn_detection.type === 'manual'
    },
    get isEnding() {
      return state.phase === 'stopping' || state.phase === 'closing' || state.phase === 'closed'
    },
    get isOver() {
      return state.phase === 'closed'
    },
  }
}
