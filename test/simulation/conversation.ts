import type { Agent } from '../../src/agent/agent.ts'
import { durationMs } from '../../src/audio/format.ts'
import { emptyQueue, nextEventAt, type PlaybackEvent, stepPlayback } from '../../src/channels/playback/queue.ts'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import type { Effect } from '../../src/session/effect.ts'
import type { ConnectionEvent, SessionEvent, TimerName } from '../../src/session/event.ts'
import { settle } from '../../src/session/settle.ts'
import { newSession, type SessionState } from '../../src/session/state.ts'
import { step } from '../../src/session/step.ts'
import type { Step } from '../../src/session/stepping.ts'
import type { Random } from '../lives/random.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What a conversation of the simulation meets: a line to the service, and scripts. */
export interface SimulatedWorld {
  connect(onEvent: (event: ConnectionEvent) => void): Connection
  runTool(callId: string, finished: (event: SessionEvent) => void): { cancel(): void }
  /** Sees each step before its orders are carried out. */
  onStep(before: SessionState, event: SessionEvent | null, step: Step): void
}

export interface Connection {
  send(event: ClientEvent): void
  close(): void
}

/** One conversation in virtual time: the core as it is, its loop, and a playback that goes by the clock. */
export interface SimulatedConversation {
  readonly state: SessionState
  dispatch(event: SessionEvent): void
}

export function openSimulated(
  agent: Agent,
  { time, random, world }: { time: VirtualTime; random: Random; world: SimulatedWorld },
): SimulatedConversation {
  const moment = () => ({ now: time.now, chance: random.next() })
  let state = newSession('main', moment(), { number: 1, agent })
  let socket: Connection | null = null
  let nextSocket: Connection | null = null
  const timers = new Map<TimerName, () => void>()
  const tools = new Map<string, { cancel(): void }>()
  const queue: SessionEvent[] = []
  let working = false
  let playback = emptyQueue
  let stopTicking = () => {}

  function dispatch(event: SessionEvent): void {
    queue.push(event)
    if (working) return
    working = true
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) take(next, step(state, next, moment()))
    working = false
  }

  function take(event: SessionEvent | null, stepped: Step): void {
    world.onStep(state, event, stepped)
    state = stepped[0]
    for (const effect of stepped[1]) perform(effect)
    if (state.phase === 'closed') for (const timer of [...timers.keys()]) stopTimer(timer)
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case 'connect':
        return connect(effect.next ?? false)
      case 'close':
        if (effect.next) return closeNext()
        return socket === null ? dispatch({ type: 'socket.closed', code: 1005, reason: '' }) : socket.close()
      case 'send':
        return (effect.next ? nextSocket : socket)?.send(effect.event)
      case 'takeOver':
        socket?.close()
        socket = nextSocket
        nextSocket = null
        return
      case 'play':
        return play({
          type: 'played',
          itemId: effect.itemId,
          ms: durationMs(effect.audio.byteLength, { format: 'pcm', rate: 24_000 }),
        })
      case 'pausePlayback':
        return play({ type: 'paused' })
      case 'resumePlayback':
        return play({ type: 'resumed' })
      case 'clearPlayback':
        return play({ type: 'cleared' })
      case 'openSound':
        playback = emptyQueue
        return stopTicking()
      case 'runTool':
        tools.set(effect.callId, world.runTool(effect.callId, dispatch))
        return
      case 'cancelTool':
        return tools.get(effect.callId)?.cancel()
      case 'startTimer':
        stopTimer(effect.timer)
        timers.set(
          effect.timer,
          time.after(effect.ms, () => {
            timers.delete(effect.timer)
            dispatch({ type: 'timer.fired', timer: effect.timer })
          }),
        )
        return
      case 'stopTimer':
        return stopTimer(effect.timer)
      default:
        return
    }
  }

  /** Events of a socket that has been replaced belong to nobody. */
  function connect(isNext: boolean): void {
    const mine = world.connect((event) => {
      const isOver = event.type === 'socket.closed' || event.type === 'socket.refused'
      if (mine === nextSocket) {
        if (isOver) nextSocket = null
        dispatch({ type: 'next', event })
      } else if (mine === socket) {
        if (isOver) socket = null
        dispatch(event)
      }
    })
    if (isNext) nextSocket = mine
    else socket = mine
  }

  function closeNext(): void {
    nextSocket?.close()
    nextSocket = null
  }

  function play(event: PlaybackEvent): void {
    const [next, events] = stepPlayback(playback, event, time.now)
    playback = next
    stopTicking()
    const at = nextEventAt(playback)
    stopTicking = at === null ? () => {} : time.after(at - time.now, () => play({ type: 'ticked' }))
    for (const played of events) dispatch(played)
  }

  function stopTimer(timer: TimerName): void {
    timers.get(timer)?.()
    timers.delete(timer)
  }

  take(null, settle(state))
  return {
    get state() {
      return state
    },
    dispatch,
  }
}
