import type { ClientItem } from '../../src/realtime/client-event.ts'
import type { ServerEvent } from '../../src/realtime/server-event.ts'
import { isFalseInterruption } from '../../src/session/barge-in/interruption-by-words.ts'
import { isTurnDetectionOn } from '../../src/session/caller/speech.ts'
import type { Effect } from '../../src/session/effect.ts'
import type { ConnectionEvent, SessionEvent, TimerName } from '../../src/session/event.ts'
import type { Report } from '../../src/session/report.ts'
import { hasOwnWords } from '../../src/session/response/causes.ts'
import type { SessionState } from '../../src/session/state.ts'
import type { Step } from '../../src/session/stepping.ts'
import type { ActiveResponse } from '../../src/session/turn-state.ts'
import { ConnectionBooks } from './connection-books.ts'
import { Consents } from './consents.ts'
import { Edits } from './edits.ts'

/** One step of a life, and what is known of the world after its orders were carried out: what the invariants look at. */
export interface Witness {
  readonly before: SessionState
  readonly state: SessionState
  readonly event: SessionEvent
  readonly effects: readonly Effect[]
  readonly books: Books
  /** Whether the session was confirmed when the effects were ordered, and whether the one to come was. */
  readonly wasLive: boolean
  readonly wasNextReady: boolean
}

/** Keeps the books of a life, by what reaches the conversation and what it orders, and not by what the other side means. */
export class Books {
  live = new ConnectionBooks(false)
  next: ConnectionBooks | null = null
  readonly reports: Report[] = []
  /** Lines that were typed, while they were taken. */
  readonly typed: string[] = []
  /** Greetings of which something has reached the caller, but for those that were cut off with their session. */
  greetings = 0
  /** Calls of which a tool was run, each time. */
  readonly launched: string[] = []
  /** Calls that were said to have begun, each time; and those of them that had ended before. */
  readonly begun: string[] = []
  readonly begunLate: string[] = []
  /** Calls of which the model was given what they found, and nobody asked it for a word on that, nor has it answered the caller since. */
  readonly unfollowed = new Set<string>()
  /** What the caller has typed, or was read to have said, by its turn, and nobody was asked to answer since. */
  readonly unanswered = new Map<number, string>()
  /** How often each call was said to have ended. */
  readonly ends = new Map<string, number>()
  /** How often each result from the background was told, beside what a session was told of what was said before it. */
  readonly told = new Map<string, number>()
  readonly consents = new Consents()
  readonly edits = new Edits()
  /** The agent had said something by the time that the last session was left. */
  hasSpokenBefore = false
  /** The agent's sound was told to stand still, and neither to go on nor to be cleared since. */
  isStill = false
  /** Timers that run. */
  readonly timers = new Set<TimerName>()
  /** Connections that were replaced and never told to close. */
  private leaked = 0
  /** Responses of this session that greet, and of which something has reached the caller; and those that were cut off. */
  private readonly greeted = new Set<string>()
  private readonly cut = new Set<string>()
  /** The same where the service does not say what a response answers: only the conversation knows that they greet. */
  private readonly meantToGreet = new Set<string>()

  /** The conversation begins. */
  begin(effects: readonly Effect[]): void {
    this.note(effects)
  }

  take(before: SessionState, event: SessionEvent, [state, effects]: Step): Witness {
    this.hear(event)
    this.consents.hear(event)
    if (!isEnding(before)) this.edits.hear(event)
    if (event.type === 'caller.text' && !isEnding(before)) this.typed.push(event.text)
    this.conclude(before, event, state)
    const [wasLive, wasNextReady] = [this.live.isConfirmed, this.next?.isConfirmed ?? false]
    this.follow(before, state, effects)
    this.note(effects)
    return { before, state, event, effects, books: this, wasLive, wasNextReady }
  }

  /** Connections that are open, and were not told to close. */
  get sockets(): number {
    return this.leaked + (this.live.isOpen ? 1 : 0) + (this.next?.isOpen ? 1 : 0)
  }

  private hear(event: SessionEvent): void {
    if (event.type === 'next') {
      if (isEnd(event.event)) this.next = null
      if (event.event.type === 'server') this.hearNext(event.event.event)
    }
    if (isEnd(event)) this.live = new ConnectionBooks(false)
    if (event.type === 'server') this.live.heard(event.event)
    // He wants no answer to what he has silenced himself.
    if (event.type === 'caller.interrupted' || event.type === 'caller.pressed') this.unanswered.clear()
    if (event.type === 'timer.fired') this.timers.delete(event.timer)
    if (event.type === 'timer.fired' && event.timer === 'progress') this.live.gaveUp()
  }

  private hearNext(event: ServerEvent): void {
    this.next?.heard(event)
    if (event.type === 'session.updated') this.next?.updates.shift()
  }

  /** An update is waited for until its answer comes, or what may be taken for it; a call is owed an answer once its response is over. */
  private conclude(before: SessionState, event: SessionEvent, state: SessionState): void {
    const [awaited, sent] = [before.config.sent, state.config.sent]
    if (awaited === null || sent === null || (awaited.eventId !== sent.eventId && mayEndUpdate(event)))
      this.live.updates = []
    const ended = state.turn.endedIds.filter((id) => !before.turn.endedIds.includes(id))
    for (const { id } of state.turn.responses.filter(isGreeting)) this.meantToGreet.add(id)
    this.consents.begin([...state.turn.responses.map(({ id }) => id), ...ended])
    if (state.connection.leftAt !== before.connection.leftAt) this.leave(before)
    for (const id of ended) this.end(id)
    if (event.type === 'server' && event.event.type === 'response.done' && before.phase === 'live')
      if (before.turn.endedIds.includes(event.event.response.id)) this.live.endedLate(event.event.response)
  }

  /** A greeting that was not heard to its end by then, before the caller had a turn, is none. */
  private leave({ turn, sound }: SessionState): void {
    const isRunning = turn.responses.some(({ id, silenced }) => this.greeted.has(id) && !silenced)
    const isCut = turn.turnsBegun === 0 && (isRunning || sound.playing || sound.waiting.length > 0)
    if (turn.turnsBegun === 0) for (const { id } of turn.responses.filter(isGreeting)) this.cut.add(id)
    if (isCut) for (const id of [...this.greeted, ...this.meantToGreet]) this.cut.add(id)
    this.greetings -= isCut ? this.greeted.size : 0
    this.greeted.clear()
    this.meantToGreet.clear()
    this.hasSpokenBefore ||= this.reports.some(
      (report) => report.type === 'agent.transcript.delta' && !this.cut.has(report.response_id),
    )
  }

  private follow({ turn: before }: SessionState, state: SessionState, effects: readonly Effect[]): void {
    const { turn } = state
    const isNew = (id: string) => !before.endedIds.includes(id) && before.responses.every((other) => other.id !== id)
    const begun = turn.responses.filter(({ id, silenced }) => isNew(id) && !silenced)
    if (begun.some(({ causes }) => causes.includes('turn')) || turn.endedIds.some(isNew)) this.answer()
    if (begun.some(({ causes }) => !causes.every(hasOwnWords))) this.unanswered.clear()
    for (const effect of effects) {
      // What the next session is told is what was said before it.
      if (effect.type === 'takeOver') return
      if (effect.type === 'report' && effect.report.type === 'caller.transcript') this.owe(state, effect.report)
      if (effect.type !== 'send' || effect.next) continue
      const { event } = effect
      if (event.type === 'response.create' && event.response.instructions === undefined) this.answer()
      if (event.type !== 'conversation.item.create' || event.item.type !== 'function_call_output') continue
      const { call_id, output } = event.item
      // There is one word on all calls of an answer; where the caller has ended one of them, nobody waits for it.
      if (isBrokenOff(output)) for (const callId of this.live.calledWith(call_id)) this.unfollowed.delete(callId)
      if (this.live.hasCalled(call_id) && !isCancelled(output) && !isTurnedFrom(state, call_id))
        this.unfollowed.add(call_id)
    }
  }

  /** A turn that is read while its answer is waited for; a murmur over the agent is owed none, nor is what the caller has yet to end by hand. */
  private owe(state: SessionState, { text, turn, typed }: Extract<Report, { type: 'caller.transcript' }>): void {
    const isAwaited = typed || state.turn.answerExpected || (state.turn.callerSpeaking && isTurnDetectionOn(state))
    if (text !== '' && turn === state.turn.turnsBegun && isAwaited && !isFalseInterruption(state))
      this.unanswered.set(turn, text)
  }

  private answer(): void {
    this.unfollowed.clear()
    this.unanswered.clear()
  }

  private end(response: string): void {
    for (const { callId, name } of this.live.ended(response)) this.consents.decide(response, callId, name)
  }

  private note(effects: readonly Effect[]): void {
    const isAsked = effects.some((effect) => effect.type === 'send' && effect.event.type === 'response.create')
    for (const callId of isAsked ? resultsIn(effects) : []) this.told.set(callId, (this.told.get(callId) ?? 0) + 1)
    for (const effect of effects) this.noteOne(effect)
  }

  private noteOne(effect: Effect): void {
    switch (effect.type) {
      case 'connect':
      case 'close':
        return this.open(effect.type === 'connect', effect.next ?? false)
      case 'takeOver':
        this.live = this.next ?? new ConnectionBooks(false)
        this.next = null
        return
      case 'send':
        return (effect.next ? this.next : this.live)?.sent(effect.event)
      case 'play':
        return this.show(effect.itemId.replace(/^item_/, ''))
      case 'pausePlayback':
      case 'resumePlayback':
      case 'clearPlayback':
        this.isStill = effect.type === 'pausePlayback'
        return
      case 'startTimer':
        this.timers.add(effect.timer)
        return
      case 'stopTimer':
        this.timers.delete(effect.timer)
        return
      case 'runTool':
        this.launched.push(effect.callId)
        if (effect.tool.confirm) this.consents.run(effect.callId)
        return
      case 'report':
        return this.tell(effect.report)
      default:
        return
    }
  }

  private open(isOpen: boolean, isNext: boolean): void {
    if (isOpen && (isNext ? this.next : this.live)?.isOpen) this.leaked += 1
    if (isNext) this.next = isOpen ? new ConnectionBooks(true) : null
    else this.live = new ConnectionBooks(isOpen)
  }

  private tell(report: Report): void {
    this.reports.push(report)
    this.edits.tell(report)
    if (report.type === 'agent.transcript.delta') this.show(report.response_id)
    if (report.type === 'tool.started') this.begun.push(report.call_id)
    if (report.type === 'tool.started' && this.ends.has(report.call_id)) this.begunLate.push(report.call_id)
    if (report.type !== 'tool.finished') return
    this.ends.set(report.call_id, (this.ends.get(report.call_id) ?? 0) + 1)
    if (report.status === 'unconfirmed') this.consents.hold(report.name)
  }

  /** A greeting counts once something of it reaches the caller. */
  private show(response: string): void {
    if (!this.live.isGreeting(response) || this.greeted.has(response)) return
    this.greeted.add(response)
    this.greetings += 1
  }
}

function isGreeting({ causes, silenced }: ActiveResponse): boolean {
  return causes.includes('greeting') && !silenced
}

function isEnding({ phase }: SessionState): boolean {
  return phase === 'stopping' || phase === 'closing' || phase === 'closed'
}

/** The caller broke in on what was said with a call, and spoke of something else: what it found is kept until he asks. */
function isTurnedFrom({ calls, record, turn }: SessionState, callId: string): boolean {
  const asked = calls.find((call) => call.callId === callId)?.turn ?? turn.turnsBegun
  const isCut = record.some((entry) => entry.kind === 'agent' && entry.turn === asked && entry.heard !== null)
  return turn.turnsBegun > asked && isCut
}

/** Nobody waits for a word on what was not done. */
function isCancelled(output: string): boolean {
  return output.startsWith('{"error":{"kind":"cancelled"')
}

function isBrokenOff(output: string): boolean {
  return isCancelled(output) && output.includes('the caller went on speaking')
}

function isEnd({ type }: SessionEvent | ConnectionEvent): boolean {
  return type === 'socket.closed' || type === 'socket.refused'
}

/** An error may be the answer to what it does not name. */
function mayEndUpdate(event: SessionEvent): boolean {
  if (event.type === 'server') return event.event.type === 'session.updated' || event.event.type === 'error'
  return event.type === 'timer.fired' && event.timer === 'ack'
}

/** Calls whose results from the background the live session is told of by these effects, by their ids; what it is told before it is ready was said before it. */
export function resultsIn(effects: readonly Effect[]): readonly string[] {
  const ready = effects.findLastIndex((effect) => effect.type === 'report' && effect.report.type === 'session.ready')
  return effects
    .slice(ready + 1)
    .flatMap((effect) =>
      effect.type === 'send' && !effect.next && effect.event.type === 'conversation.item.create'
        ? resultOf(effect.event.item)
        : [],
    )
}

/** The call of which an item tells the result, by its id. */
export function resultOf(item: ClientItem): readonly string[] {
  const words = item.type === 'message' ? item.content[0].text : ''
  return /^\[Not said by the caller\] The call (\S+) of /.exec(words)?.slice(1) ?? []
}
