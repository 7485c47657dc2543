import type { ServerEvent } from '../../src/realtime/server-event.ts'
import { isFalseInterruption } from '../../src/session/barge-in/interruption-by-words.ts'
import type { Call } from '../../src/session/call-state.ts'
import { isTurnDetectionOn } from '../../src/session/caller/speech.ts'
import type { Effect } from '../../src/session/effect.ts'
import type { ConnectionEvent, SessionEvent, TimerName } from '../../src/session/event.ts'
import type { Report } from '../../src/session/report.ts'
import { hasOwnWords, isAnswerSilenced } from '../../src/session/response/causes.ts'
import type { SessionState } from '../../src/session/state.ts'
import type { Step } from '../../src/session/stepping.ts'
import type { ActiveResponse } from '../../src/session/turn-state.ts'
import { resultsIn } from './background-results.ts'
import { ConnectionObserver } from './connection-observer.ts'
import { Consents } from './consents.ts'
import { OfferedGenerations } from './offered-generations.ts'

/** One step of a life, and what is known of the world after its effects were carried out: what the invariants check. */
export interface ObservedStep {
  readonly before: SessionState
  readonly state: SessionState
  readonly event: SessionEvent
  readonly effects: readonly Effect[]
  readonly observer: LifeObserver
  /** Whether the session was confirmed before the effects, and whether the next one was. */
  readonly wasLive: boolean
  readonly wasNextReady: boolean
}

/** Observes a life, only by what reaches the conversation and what it has effected, not by what the other side intends. */
export class LifeObserver {
  live = new ConnectionObserver(false)
  next: ConnectionObserver | null = null
  readonly reports: Report[] = []
  /** Lines typed while the conversation took them. */
  readonly typed: string[] = []
  /** Greetings of which something reached the caller, except those cut off with their session. */
  greetings = 0
  /** Calls whose tool was run, each time. */
  readonly toolsRun: string[] = []
  /** Calls reported as started, each time; and those of them that had ended before. */
  readonly started: string[] = []
  readonly startedLate: string[] = []
  /** Answered calls for which no follow-up was requested, and after which the caller was not answered either. */
  readonly withoutFollowUp = new Set<string>()
  /** What the caller typed or said, by turn, for which no response was requested since. */
  readonly unanswered = new Map<number, string>()
  /** How often each call was reported as ended. */
  readonly ends = new Map<string, number>()
  /** How often each background result was sent, apart from replays. */
  readonly delivered = new Map<string, number>()
  /** A turn was ended by hand, and no response to it has begun since, in any session; none is awaited after an error. */
  isTurnUnanswered = false
  /** Responses in which the caller was told that time is nearly over. */
  readonly wrapUps = new Set<string>()
  readonly consents = new Consents()
  readonly edits = new OfferedGenerations()
  /** The agent had said something before the last session was left. */
  hasSpokenBefore = false
  /** The agent's sound was paused, and neither resumed nor cleared since. */
  isPaused = false
  /** Timers that run. */
  readonly timers = new Set<TimerName>()
  /** Connections that were replaced and never closed. */
  private leaked = 0
  /** Greetings of this session of which something reached the caller; and those that were cut off. */
  private readonly greeted = new Set<string>()
  private readonly cut = new Set<string>()
  /** The same if the service does not return our metadata: only the conversation knows that they greet. */
  private readonly presumedGreetings = new Set<string>()
  /** Greetings of sessions that were left: words of them may be reported only then. */
  private readonly left = new Set<string>()

  begin(effects: readonly Effect[]): void {
    this.recordEffects(effects)
  }

  observe(before: SessionState, event: SessionEvent, [state, effects]: Step): ObservedStep {
    this.observeEvent(event)
    this.consents.observe(event)
    if (!isEnding(before)) this.edits.observe(event)
    if (event.type === 'caller.text' && !isEnding(before)) this.typed.push(event.text)
    this.observeEnds(before, event, state)
    const [wasLive, wasNextReady] = [this.live.isConfirmed, this.next?.isConfirmed ?? false]
    this.observeAnswers(before, [state, effects], isWholeResponse(before, event))
    this.recordEffects(effects)
    return { before, state, event, effects, observer: this, wasLive, wasNextReady }
  }

  /** Connections that are open and not being closed. */
  get sockets(): number {
    return this.leaked + (this.live.isOpen ? 1 : 0) + (this.next?.isOpen ? 1 : 0)
  }

  private observeEvent(event: SessionEvent): void {
    if (event.type === 'next') {
      if (isEnd(event.event)) this.next = null
      if (event.event.type === 'server') this.observeNext(event.event.event)
    }
    if (isEnd(event)) this.live = new ConnectionObserver(false)
    if (event.type === 'server') this.live.heard(event.event)
    // A caller who silenced the agent by hand wants no answer.
    if (event.type === 'caller.interrupted' || event.type === 'caller.pressed') {
      this.unanswered.clear()
      this.isTurnUnanswered = false
    }
    if (event.type === 'timer.fired') this.timers.delete(event.timer)
    if (event.type === 'timer.fired' && event.timer === 'progress') this.live.dropPendingCreates()
  }

  private observeNext(event: ServerEvent): void {
    this.next?.heard(event)
    if (event.type === 'session.updated') this.next?.updates.shift()
  }

  /** An update is awaited until its answer comes, or what may be it; a call must be answered once its response has ended. */
  private observeEnds(before: SessionState, event: SessionEvent, state: SessionState): void {
    const [awaited, sent] = [before.config.sent, state.config.sent]
    if (awaited === null || sent === null || (awaited.eventId !== sent.eventId && mayEndUpdate(event)))
      this.live.updates = []
    const ended = state.turn.endedIds.filter((id) => {
      return !before.turn.endedIds.includes(id) || before.turn.responses.some((response) => response.id === id)
    })
    // What the service says unasked before the caller has a turn counts with the greeting.
    const isUnasked = ({ causes }: ActiveResponse) => causes.includes('turn') && state.turn.turnsBegun === 0
    for (const response of state.turn.responses)
      if (isGreeting(response) || isUnasked(response)) this.presumedGreetings.add(response.id)
    for (const response of state.turn.responses) this.observeWrapUp(response)
    this.consents.begin([...state.turn.responses.map(({ id }) => id), ...ended])
    if (state.connection.leftAt !== before.connection.leftAt) {
      this.observeLostSession(before)
      this.forgetDiscarded(state)
    }
    for (const id of ended) this.live.ended(id)
    for (const call of state.calls)
      if (!before.calls.some(({ callId }) => callId === call.callId)) this.observeCall(call)
    for (const id of ended) this.consents.end(id)
    if (event.type === 'server' && event.event.type === 'response.done' && before.phase === 'live')
      if (before.turn.endedIds.includes(event.event.response.id)) this.live.endedLate(event.event.response)
  }

  /** What a response was taken for may turn out to be another answer. */
  private observeWrapUp({ id, causes, hasContent }: ActiveResponse): void {
    if (!causes.includes('wrap up')) this.wrapUps.delete(id)
    else if (hasContent) this.wrapUps.add(id)
  }

  /** A greeting not heard to its end when the session is left, before the caller had a turn, does not count. */
  private observeLostSession({ turn, sound }: SessionState): void {
    const isRunning = turn.responses.some(({ id, silenced }) => this.greeted.has(id) && !silenced)
    const isCut = turn.turnsBegun === 0 && (isRunning || sound.playing || sound.waiting.length > 0)
    if (turn.turnsBegun === 0) for (const { id } of turn.responses.filter(isGreeting)) this.cut.add(id)
    if (isCut) for (const id of [...this.greeted, ...this.presumedGreetings]) this.cut.add(id)
    this.greetings -= isCut ? this.greeted.size : 0
    for (const id of this.greeted) this.left.add(id)
    this.greeted.clear()
    this.presumedGreetings.clear()
    this.hasSpokenBefore ||= this.reports.some(
      (report) => report.type === 'agent.transcript.delta' && !this.cut.has(report.response_id),
    )
  }

  /** Words that were discarded with the session are recognised again, from their sound. */
  private forgetDiscarded({ record }: SessionState): void {
    for (const entry of record) if (entry.kind === 'caller' && entry.text === '') this.unanswered.delete(entry.turn)
  }

  private observeAnswers({ turn: before }: SessionState, [state, effects]: Step, isWhole: boolean): void {
    const { turn } = state
    const isNew = (id: string) => !before.endedIds.includes(id) && before.responses.every((other) => other.id !== id)
    // What a response answers may be recognised only after it has begun.
    const isRecognised = ({ id, causes }: ActiveResponse) =>
      before.responses.every((other) => other.id !== id || other.causes.join() !== causes.join())
    const begun = turn.responses.filter((response) => isRecognised(response) && !response.silenced)
    if (begun.some(({ causes }) => causes.includes('turn')) || turn.endedIds.some(isNew)) this.clearUnanswered()
    if (begun.some(({ causes }) => !causes.every(hasOwnWords))) {
      this.unanswered.clear()
      this.isTurnUnanswered = false
    }
    for (const effect of effects) {
      // What follows is the replay.
      if (effect.type === 'takeOver') return
      if (effect.type === 'report' && effect.report.type === 'caller.transcript')
        this.expectAnswer(state, effect.report)
      if (effect.type !== 'send' || effect.next) continue
      const { event } = effect
      if (event.type === 'input_audio_buffer.commit') this.isTurnUnanswered = true
      if (event.type === 'response.create' && event.response.instructions === undefined) this.clearUnanswered()
      if (event.type !== 'conversation.item.create' || event.item.type !== 'function_call_output') continue
      const { call_id, output } = event.item
      // All calls of a response have one follow-up, which is not due if the caller has cancelled one of them.
      if (isInterrupted(output)) for (const callId of this.live.calledWith(call_id)) this.withoutFollowUp.delete(callId)
      const isAwaited = isWhole || !output.startsWith('{"error":{"kind":"unknown_tool"')
      const needsFollowUp = isAwaited && !isCancelled(output) && !endsConversation(output)
      if (this.live.hasCalled(call_id) && needsFollowUp && !hasCallerMovedOn(state, call_id))
        this.withoutFollowUp.add(call_id)
    }
  }

  /** A turn transcribed while its answer is awaited; a false interruption needs none, nor does a turn not yet ended by hand. */
  private expectAnswer(
    state: SessionState,
    { text, turn, typed }: Extract<Report, { type: 'caller.transcript' }>,
  ): void {
    const isExpected = state.turn.answerExpected && !isAnswerSilenced(state.turn)
    const isAwaited = typed || isExpected || (state.turn.callerSpeaking && isTurnDetectionOn(state))
    if (text !== '' && turn === state.turn.turnsBegun && isAwaited && !isFalseInterruption(state))
      this.unanswered.set(turn, text)
  }

  private clearUnanswered(): void {
    this.withoutFollowUp.clear()
    this.unanswered.clear()
  }

  private observeCall({ callId, name, responseId }: Call): void {
    this.live.ownCalls.add(callId)
    this.consents.decide(responseId, callId, name)
  }

  private recordEffects(effects: readonly Effect[]): void {
    const isRequested = effects.some((effect) => effect.type === 'send' && effect.event.type === 'response.create')
    for (const callId of isRequested ? resultsIn(effects) : [])
      this.delivered.set(callId, (this.delivered.get(callId) ?? 0) + 1)
    for (const effect of effects) this.recordEffect(effect)
  }

  private recordEffect(effect: Effect): void {
    switch (effect.type) {
      case 'connect':
      case 'close':
        return this.open(effect.type === 'connect', effect.next ?? false)
      case 'takeOver':
        this.live = this.next ?? new ConnectionObserver(false)
        this.next = null
        return
      case 'send':
        return (effect.next ? this.next : this.live)?.sent(effect.event)
      case 'play':
        return this.noteGreeting(effect.itemId.replace(/^item_/, ''))
      case 'pausePlayback':
      case 'resumePlayback':
      case 'clearPlayback':
        this.isPaused = effect.type === 'pausePlayback'
        return
      case 'startTimer':
        this.timers.add(effect.timer)
        return
      case 'stopTimer':
        this.timers.delete(effect.timer)
        return
      case 'runTool':
        this.toolsRun.push(effect.callId)
        if (effect.tool.confirm) this.consents.run(effect.callId)
        return
      case 'report':
        return this.recordReport(effect.report)
      default:
        return
    }
  }

  private open(isOpen: boolean, isNext: boolean): void {
    if (isOpen && (isNext ? this.next : this.live)?.isOpen) this.leaked += 1
    if (isNext) this.next = isOpen ? new ConnectionObserver(true) : null
    else this.live = new ConnectionObserver(isOpen)
  }

  private recordReport(report: Report): void {
    this.reports.push(report)
    this.edits.observeReport(report)
    if (report.type === 'agent.transcript.delta') this.noteGreeting(report.response_id)
    if (report.type === 'error') this.isTurnUnanswered = false
    if (report.type === 'tool.started') this.started.push(report.call_id)
    if (report.type === 'tool.started' && this.ends.has(report.call_id)) this.startedLate.push(report.call_id)
    if (report.type !== 'tool.finished') return
    this.ends.set(report.call_id, (this.ends.get(report.call_id) ?? 0) + 1)
    if (report.status === 'unconfirmed') this.consents.hold(report.name)
  }

  /** A greeting counts once something of it reaches the caller. */
  private noteGreeting(response: string): void {
    if (!this.live.isGreeting(response) || this.greeted.has(response) || this.left.has(response)) return
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

/** Whether the caller interrupted the words said with a call and went on to something else: no follow-up is due then. */
function hasCallerMovedOn({ calls, record, turn }: SessionState, callId: string): boolean {
  const askedInTurn = calls.findLast(({ wireId }) => wireId === callId)?.turn ?? turn.turnsBegun
  const isCut = record.some((entry) => entry.kind === 'agent' && entry.turn === askedInTurn && entry.heard !== null)
  return turn.turnsBegun > askedInTurn && isCut
}

/** Whether an event ends a response that was not cut off. */
function isWholeResponse({ turn }: SessionState, event: SessionEvent): boolean {
  if (event.type !== 'server' || event.event.type !== 'response.done') return false
  const { id, status } = event.event.response
  return status !== 'cancelled' && turn.responses.every((response) => response.id !== id || !response.silenced)
}

/** A cancelled call needs no follow-up. */
function isCancelled(output: string): boolean {
  return output.startsWith('{"error":{"kind":"cancelled"')
}

/** Nor does one that ends the conversation: a caller who goes on is answered, unless they silence that. */
function endsConversation(output: string): boolean {
  return output.includes('"note":"the call ends')
}

function isInterrupted(output: string): boolean {
  return isCancelled(output) && output.includes('the caller went on speaking')
}

function isEnd({ type }: SessionEvent | ConnectionEvent): boolean {
  return type === 'socket.closed' || type === 'socket.refused'
}

/** Whether an event may answer the update in flight: an error need not name it. */
function mayEndUpdate(event: SessionEvent): boolean {
  if (event.type === 'server') return event.event.type === 'session.updated' || event.event.type === 'error'
  return event.type === 'timer.fired' && event.timer === 'ack'
}
