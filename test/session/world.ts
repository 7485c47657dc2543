import type { Agent } from '../../src/agent/agent.ts'
import type { ClientEvent, ClientItem } from '../../src/realtime/client-event.ts'
import type { ServerEvent } from '../../src/realtime/server-event.ts'
import type { SessionObject } from '../../src/realtime/session-object.ts'
import { compileSession } from '../../src/session/compile.ts'
import type { Effect } from '../../src/session/effect.ts'
import type { ConnectionEvent, SessionEvent, TimerName } from '../../src/session/event.ts'
import { leaves, pathOf, valueAt, withValue } from '../../src/session/leaves.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { type Choice, TIMERS } from './happenings.ts'
import { resultsIn } from './invariants.ts'
import { EDITS, firstAgent, unacceptable } from './world-agents.ts'

function newNext(): Next {
  return { opened: false, live: false, session: {}, updates: [], items: [], unacknowledged: [] }
}

interface Unacknowledged {
  readonly id: string
  readonly type: string
  readonly role?: string
  readonly eventId: string
}

/** A second connection, as far as it goes: nothing is said on it. */
interface Next {
  opened: boolean
  live: boolean
  session: SessionObject
  updates: { id: string; session: SessionObject }[]
  items: ClientItem[]
  unacknowledged: Unacknowledged[]
}

/** What the service begins with, and a setting that is removed returns to. */
export const CREATED = {
  temperature: 0.8,
  audio: { input: { transcription: { language: 'en' } }, output: { speed: 1 } },
}

/** What the tool server says it can do: more, less, nothing, and a name that the file has too. */
const LISTS = [[toolNamed('read_file')], [toolNamed('read_file'), toolNamed('look')], []]
const PIECES = ['well', ' hm', 'well I']
const WORDS_READ = ['Well.', 'Hm.', '', 'Well, I never.']
const VOICES = ['Sarah', 'Dennis', 'Nobody', 'Clive']

/** A small model of the service: it knows what it was sent, and can say what it may say next. */
export class World {
  connected = false
  live = false
  /** What the service holds. */
  session: SessionObject = {}
  merges: 'deeply' | 'by parts' = 'by parts'
  /** It said no, once, without saying to what. */
  vague = false
  updates: { id: string; session: SessionObject }[] = []
  creates: string[] = []
  /** Creates that came while another response ran: they will be refused, and are owed nothing else. */
  overtaken: string[] = []
  /** Creates that the other side has given up waiting for. */
  forgotten: string[] = []
  responses: string[] = []
  /** Responses that have shown nothing yet, with the request that each answers. */
  silent = new Map<string, string>()
  endedResponses: string[] = []
  runningTools: string[] = []
  launched: string[] = []
  announced = new Map<string, string>()
  /** Turns that the caller has begun, and how many there were when each tool was held back for his consent. */
  callerTurns = 0
  asked = new Map<string, number>()
  /** Calls of a tool that wants consent and had none. */
  unasked: string[] = []
  /** Calls that a completed or cancelled response left behind on this connection, with the number of outputs each got. */
  outputs = new Map<string, number>()
  /** Items that were sent on this connection. */
  items: ClientItem[] = []
  /** The connection of the session to come. */
  next: Next | null = null
  /** What the service remembers of the caller, as it says. */
  private memory = 0
  /** How often each result from the background was told, beside what a session was told of what was said before it. */
  told = new Map<string, number>()
  /** Calls that have ended in the background. */
  endedBehind: string[] = []
  /** Items that were sent and not acknowledged. */
  unacknowledged: Unacknowledged[] = []
  /** The item of the caller's last turn. */
  turn = 'u'
  /** Greetings that the service granted. */
  greetings = 0
  private greetingRequests = new Set<string>()
  private count = 0
  /** Every agent that was offered, in order; the first is the one that the conversation began with. */
  offers: readonly { readonly number: number; readonly agent: Agent }[]
  isStill = false
  timers = new Set<TimerName>()

  private readonly first: Agent

  constructor(first: Agent = firstAgent) {
    this.first = first
    this.offers = [{ number: 1, agent: first }]
  }

  /** The event a choice means here and now; null when it makes no sense at this point. */
  event(choice: Choice): SessionEvent | null {
    if (['text', 'speech started', 'committed by hand'].includes(choice.what)) this.callerTurns += 1
    return this.eventOf(choice)
  }

  private eventOf({ what, pick }: Choice): SessionEvent | null {
    const running = this.responses[pick % Math.max(1, this.responses.length)]
    switch (what) {
      case 'open':
        return { type: 'socket.opened' }
      case 'session.created':
        return this.connected ? says({ type: 'session.created', session: CREATED }) : null
      case 'answer':
        return this.answer()
      case 'swallow':
        return this.swallow()
      case 'lose update':
        this.updates.shift()
        return null
      case 'unasked':
        return this.live ? says({ type: 'session.updated', session: this.shown(this.session) }) : null
      case 'remembered':
        this.memory += 1
        return this.live ? says({ type: 'session.updated', session: this.shown(this.session) }) : null
      case 'roll over':
        return { type: 'timer.fired', timer: 'roll over' }
      case 'next opens':
        return this.openNext()
      case 'next answers':
        return this.answerNext()
      case 'next acks':
        return this.ackNext()
      case 'next fails':
        return this.failNext(pick)
      case 'refuse by param':
        return this.refuse('by param')
      case 'refuse vaguely':
        return this.refuse('vaguely')
      case 'foreign error':
        this.vague ||= this.live
        return this.live ? error({ code: 'invalid_value', message: 'Nobody knows whose fault this is.' }) : null
      case 'server error':
        return this.live ? error({ type: 'server_error', message: 'Failed to read content stream.' }) : null
      case 'begin response':
        return this.beginResponse(this.creates.shift(), pick % 2 === 0)
      case 'begin late response':
        return this.beginResponse(this.forgotten.shift(), true)
      case 'begin unasked response':
        return this.beginUnasked()
      case 'words':
        return running === undefined ? null : words(this.show(running))
      case 'late words':
        return this.endedResponses.length === 0
          ? null
          : words(this.endedResponses[pick % this.endedResponses.length] ?? '')
      case 'audio':
        return running === undefined ? null : sound(this.show(running))
      case 'announce call':
        return running === undefined ? null : this.announce(running)
      case 'end response':
        return this.endResponse(running, 'completed')
      case 'say nothing':
        return this.sayNothing(running)
      case 'cancel response':
        return this.endResponse(running, 'cancelled')
      case 'fail response':
        return this.endResponse(running, 'failed')
      case 'busy': {
        const id = this.overtaken.shift() ?? this.creates.shift()
        return id === undefined
          ? null
          : error({ code: 'conversation_already_has_active_response', message: 'active response' })
      }
      case 'nothing to cancel':
        return this.live ? error({ code: 'response_cancel_not_active', message: 'no active response' }) : null
      case 'speech started':
        return this.live ? says({ type: 'input_audio_buffer.speech_started', item_id: this.speak(pick) }) : null
      case 'speech stopped':
        return this.live ? says({ type: 'input_audio_buffer.speech_stopped', item_id: this.turn }) : null
      case 'committed':
        return this.live ? says({ type: 'input_audio_buffer.committed', item_id: this.turn }) : null
      case 'piece of transcript':
        return this.live
          ? transcript('delta', { item_id: this.transcribed(pick), delta: PIECES[pick % PIECES.length] ?? '' })
          : null
      case 'transcript':
        return this.live
          ? transcript('completed', {
              item_id: this.transcribed(pick),
              transcript: WORDS_READ[pick % WORDS_READ.length] ?? '',
            })
          : null
      case 'ack item': {
        const item = this.unacknowledged.shift()
        return item === undefined ? null : says({ type: 'conversation.item.added', item })
      }
      case 'refuse item': {
        const item = this.unacknowledged.shift()
        return item === undefined ? null : error({ message: 'No such item.', event_id: item.eventId })
      }
      case 'item':
        return this.live
          ? says({ type: 'conversation.item.added', item: { id: this.id('i'), type: 'message', role: 'user' } })
          : null
      case 'tool ends':
        return this.endTool(pick)
      case 'text':
        return { type: 'caller.text', text: `hello ${this.id('t')}` }
      case 'sound':
        return { type: 'caller.audio', audio: new Uint8Array(960) }
      case 'heard':
        return { type: 'playback.cleared', heard: [{ itemId: `item_${running ?? ''}`, ms: pick }] }
      case 'drained':
        return { type: 'playback.drained' }
      case 'edit':
        return this.offer(agentWith({ ...this.first, ...EDITS[pick % EDITS.length] }))
      case 'server fails':
        return { type: 'server.failed', server: 'files', reason: 'it has ended' }
      case 'servers late':
        return { type: 'timer.fired', timer: 'servers' }
      case 'tools listed':
        return { type: 'tools.listed', server: 'files', tools: LISTS[pick % LISTS.length] ?? [] }
      case 'another voice':
        return { type: 'voice.chosen', voice: VOICES[pick % VOICES.length] ?? '' }
      case 'withdrawn':
        return this.withdraw(pick)
      case 'bad edit':
        return { type: 'agent.rejected', diagnostics: [] }
      case 'drop':
        if (!this.connected) return null
        this.disconnect()
        return { type: 'socket.closed', code: 1006, reason: 'dropped' }
      case 'refuse connection':
        return this.connected ? null : { type: 'socket.refused', status: 429, message: 'too many' }
      case 'timer':
        return this.fireTimer(TIMERS[pick % TIMERS.length] ?? 'ack')
      case 'pause':
        return { type: 'caller.paused' }
      case 'interrupt':
        return { type: 'caller.interrupted' }
      case 'hold':
        return { type: 'caller.held' }
      case 'press':
        return { type: 'caller.pressed' }
      case 'sound lost':
        return { type: 'audio.dropped', bytes: 2_880 }
      case 'resume':
        return { type: 'caller.resumed' }
      case 'committed by hand':
        return { type: 'caller.committed' }
      case 'expire':
        return this.live ? error({ code: 'session_expired', message: 'too old' }) : null
      case 'drain':
        return { type: 'stop.requested', drain: true }
      case 'stop':
        return pick === 0 ? { type: 'stop.requested', drain: false } : null
      case 'junk':
        return says({ type: 'unknown', name: 'ping' })
      default:
        return null
    }
  }

  /** Takes in what the conversation ordered. */
  note(effects: readonly Effect[]): void {
    const isNew = effects.some((effect) => effect.type === 'send' && effect.event.type === 'response.create')
    for (const callId of resultsIn(effects)) {
      if (isNew) this.told.set(callId, (this.told.get(callId) ?? 0) + 1)
    }
    for (const effect of effects) {
      if (effect.type === 'takeOver') this.takeOver()
      if (effect.type === 'connect' || effect.type === 'close') {
        if (effect.next) this.next = effect.type === 'connect' ? newNext() : null
        else this.disconnect()
        if (!effect.next) this.connected = effect.type === 'connect'
      }
      if (effect.type === 'pausePlayback') this.isStill = true
      if (effect.type === 'resumePlayback' || effect.type === 'clearPlayback') this.isStill = false
      if (effect.type === 'startTimer') this.timers.add(effect.timer)
      if (effect.type === 'stopTimer') this.timers.delete(effect.timer)
      if (effect.type === 'runTool') this.runningTools.push(effect.callId)
      if (effect.type === 'runTool') this.launched.push(effect.callId)
      if (effect.type === 'runTool' && effect.tool.confirm) this.noteConsent(effect.callId, effect.tool.name)
      if (effect.type === 'report' && effect.report.type === 'tool.finished' && effect.report.status === 'unconfirmed')
        this.asked.set(effect.report.name, this.callerTurns)
      if (effect.type === 'report' && effect.report.type === 'tool.finished' && effect.report.background)
        this.endedBehind.push(effect.report.call_id)
      if (effect.type !== 'send') continue
      const { event } = effect
      if (effect.next) {
        this.noteNext(event)
        continue
      }
      if (event.type === 'session.update') this.updates.push({ id: event.event_id, session: event.session })
      if (event.type === 'response.create') this.creates.push(event.event_id)
      if (event.type === 'response.create' && /"(Hello|Ahoy)\."/.test(event.response.instructions ?? ''))
        this.greetingRequests.add(event.event_id)
      if (event.type === 'conversation.item.create')
        this.unacknowledged.push(acknowledged(event.item, event.event_id, this.id('i')))
      if (event.type === 'conversation.item.create') this.items.push(event.item)
      if (event.type === 'conversation.item.create' && event.item.type === 'function_call_output') {
        this.outputs.set(event.item.call_id, (this.outputs.get(event.item.call_id) ?? 0) + 1)
      }
    }
  }

  /** Silence for so long that it is given up: the service has lost what it was asked for, and what it had begun is over. */
  private fireTimer(timer: TimerName): SessionEvent {
    if (timer === 'progress') {
      this.forgotten.push(...this.creates)
      this.creates = []
      for (const response of this.responses) this.endResponse(response, 'cancelled')
    }
    this.timers.delete(timer)
    return { type: 'timer.fired', timer }
  }

  private noteConsent(callId: string, name: string): void {
    if ((this.asked.get(name) ?? Number.POSITIVE_INFINITY) >= this.callerTurns) this.unasked.push(callId)
    this.asked.delete(name)
  }

  private disconnect(): void {
    Object.assign(this, {
      connected: false,
      live: false,
      session: {},
      updates: [],
      creates: [],
      overtaken: [],
      forgotten: [],
      responses: [],
    })
    this.items = []
    this.unacknowledged = []
    this.silent.clear()
    this.announced.clear()
    this.outputs.clear()
  }

  get sockets(): number {
    return (this.connected ? 1 : 0) + (this.next === null ? 0 : 1)
  }

  private noteNext(event: ClientEvent): void {
    if (event.type === 'session.update') this.next?.updates.push({ id: event.event_id, session: event.session })
    if (event.type !== 'conversation.item.create') return
    this.next?.items.push(event.item)
    this.next?.unacknowledged.push(acknowledged(event.item, event.event_id, this.id('i')))
  }

  private takeOver(): void {
    const { next } = this
    this.disconnect()
    if (next === null) return
    const { live, session, updates, items, unacknowledged } = next
    Object.assign(this, { connected: true, live, session, updates, items, unacknowledged })
    this.next = null
  }

  /** The socket opens, then the service says so. */
  private openNext(): SessionEvent | null {
    if (this.next === null) return null
    const { opened } = this.next
    this.next.opened = true
    return onNext(opened ? says({ type: 'session.created', session: CREATED }) : { type: 'socket.opened' })
  }

  private answerNext(): SessionEvent | null {
    const update = this.next?.updates.shift()
    if (update === undefined || this.next === null) return null
    const param = unacceptable(update.session)
    if (param !== undefined)
      return onNext(error({ message: 'Unsupported value.', event_id: update.id, param: `session.${param}` }))
    this.next.session = merge(this.next.session, update.session, this.merges)
    this.next.live = true
    return onNext(says({ type: 'session.updated', session: this.shown(this.next.session) }))
  }

  private ackNext(): SessionEvent | null {
    const item = this.next?.unacknowledged.shift()
    return item === undefined ? null : onNext(says({ type: 'conversation.item.added', item }))
  }

  private failNext(pick: number): SessionEvent | null {
    if (this.next === null) return null
    const failures: readonly ConnectionEvent[] = [
      { type: 'socket.refused', status: pick % 2 === 0 ? 429 : 401, message: 'not now' },
      { type: 'socket.closed', code: 1006, reason: '' },
      error({ code: 'session_expired', message: 'too old' }),
      error({ type: 'server_error', message: 'Something went wrong.' }),
      error({ message: 'No such item.', event_id: this.next.unacknowledged[0]?.eventId ?? 'none' }),
    ]
    const failure = failures[pick % failures.length]
    if (failure?.type.startsWith('socket.')) this.next = null
    return failure === undefined ? null : onNext(failure)
  }

  /** As the service shows it, with when it ends by itself and what it remembers. */
  private shown(session: SessionObject): { [key: string]: unknown } {
    const providerData = { ...session.providerData, memory: { state: { version: this.memory } } }
    return { ...spelled(session), expires_at: 5_000, ...(this.memory === 0 ? {} : { providerData }) }
  }

  offer(agent: Agent): SessionEvent {
    const number = this.offers.length + 1
    this.offers = [...this.offers, { number, agent }]
    return { type: 'agent.loaded', generation: number, agent, noticedAt: 0 }
  }

  /** Another conversation was refused one of the last edits. */
  private withdraw(pick: number): SessionEvent | null {
    const offer = this.offers.at(-1 - (pick % 2))
    if (offer === undefined || unacceptable(compileSession(offer.agent)) === undefined) return null
    return { type: 'agent.withdrawn', generation: offer.number }
  }

  /** Says yes to an update that it can do, and no to one that it cannot, of which nothing is done. */
  private answer(): SessionEvent | null {
    const [update] = this.updates
    if (update === undefined) return null
    if (unacceptable(update.session) !== undefined) return this.refuse('by id')
    this.swallow()
    this.live = true
    return says({ type: 'session.updated', session: this.shown(this.session) })
  }

  /** Does what it was asked, and says nothing. */
  private swallow(): null {
    const update = this.updates.shift()
    if (update !== undefined && unacceptable(update.session) === undefined) {
      this.session = merge(this.session, update.session, this.merges)
    }
    return null
  }

  private refuse(how: 'by id' | 'by param' | 'vaguely'): SessionEvent | null {
    const [update] = this.updates
    const path = unacceptable(update?.session ?? {})
    if (update === undefined || path === undefined) return null
    this.updates.shift()
    this.vague ||= how !== 'by id'
    const param = how === 'vaguely' ? {} : { param: `session.${path}` }
    const cause = how === 'by id' ? { ...param, event_id: update.id } : param
    return error({ code: 'invalid_value', message: 'Unsupported value.', ...cause })
  }

  private beginResponse(request: string | undefined, echoed = false): SessionEvent | null {
    if (request === undefined || !this.live || this.responses.length > 0) return null
    const id = this.id('resp')
    this.responses.push(id)
    this.silent.set(id, request)
    const label = echoed ? { request } : {}
    return says({ type: 'response.created', response: { id, status: 'in_progress', output: [], ...label } })
  }

  /** Mostly another turn; now and then the same is told again. */
  private speak(pick: number): string {
    if (pick > 2) this.turn = this.id('u')
    return this.turn
  }

  /** Words of the last turn, or of one that nobody announced. */
  private transcribed(pick: number): string {
    if (pick === 0) this.turn = this.id('u')
    return this.turn
  }

  /** Something of a response is said: a greeting counts as one from here on. */
  private show(id: string): string {
    if (this.greetingRequests.has(this.silent.get(id) ?? '')) this.greetings += 1
    this.silent.delete(id)
    return id
  }

  private sayNothing(id: string | undefined): SessionEvent | null {
    const request = this.silent.get(id ?? '')
    if (id === undefined || request === undefined) return null
    this.responses = this.responses.filter((other) => other !== id)
    this.endedResponses.push(id)
    return says({ type: 'response.done', response: { id, status: 'completed', output: [] } })
  }

  /** The service answers a spoken turn by itself; a request of ours that was on its way is too late. */
  private beginUnasked(): SessionEvent | null {
    if (!this.live || this.responses.length > 0) return null
    this.overtaken.push(...this.creates)
    this.creates = []
    return this.beginResponse('unasked')
  }

  private announce(response: string): SessionEvent {
    this.show(response)
    const callId = this.id('call')
    this.announced.set(callId, response)
    const names = ['look', 'mill', 'pay', 'nothing', 'mill', 'read', 'pay', 'book', 'set_voice', 'end_call', 'mill']
    const name = names[this.count % names.length] ?? ''
    const item = {
      id: `item_${callId}`,
      type: 'function_call',
      call_id: callId,
      name,
      arguments: name === 'set_voice' ? '{"voice":"Dennis"}' : '{}',
      status: 'completed',
    }
    return says({ type: 'response.output_item.done', response_id: response, item })
  }

  private endResponse(id: string | undefined, status: 'completed' | 'cancelled' | 'failed'): SessionEvent | null {
    if (id === undefined) return null
    if (status === 'completed') this.show(id)
    this.responses = this.responses.filter((other) => other !== id)
    this.endedResponses.push(id)
    for (const [callId, owner] of this.announced)
      if (owner === id) this.outputs.set(callId, this.outputs.get(callId) ?? 0)
    const output = status === 'completed' ? [{ id: `item_${id}`, type: 'message', role: 'assistant' }] : []
    return says({ type: 'response.done', response: { id, status, output } })
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

  private id(prefix: string): string {
    this.count += 1
    return `${prefix}_${this.count}`
  }
}

function acknowledged(item: ClientItem, eventId: string, id: string) {
  return { id: item.id ?? id, type: item.type, ...('role' in item ? { role: item.role } : {}), eventId }
}

/** The service shows some settings in its own way. */
function spelled(session: SessionObject): { [key: string]: unknown } {
  const output = session.audio?.output ?? {}
  const voice = output.voice?.toLowerCase()
  const speed = output.speed === undefined ? {} : { speed: Math.fround(output.speed) }
  return { ...session, audio: { ...session.audio, output: { ...output, voice, ...speed } } }
}

/** A service may merge an update into what it holds, or put its parts in the place of theirs. What it is to remember of the caller is no setting. */
function merge(before: SessionObject, given: SessionObject, how: 'deeply' | 'by parts'): SessionObject {
  const { memory: _remembered, ...providerData } = given.providerData ?? {}
  const update = given.providerData === undefined ? given : { ...given, providerData }
  const replaced = ['audio.input.transcription', 'audio.input.turn_detection', 'audio.output'].map(pathOf)
  const parts = how === 'deeply' ? [pathOf('audio.input.turn_detection')] : replaced
  const rest = leaves(update).filter(({ path }) => !parts.some((part) => isBelow(path, part)))
  const whole = parts.map((path) => ({ path, value: valueAt(update, path) }))
  return [...rest, ...whole].reduce(
    (session, { path, value }) => (value === undefined ? session : withValue(session, path, value)),
    before,
  )
}

function isBelow(path: readonly string[], part: readonly string[]): boolean {
  return part.every((key, index) => path[index] === key)
}

function says(event: ServerEvent): ConnectionEvent {
  return { type: 'server', event }
}

function onNext(event: ConnectionEvent): SessionEvent {
  return { type: 'next', event }
}

function error(fields: {
  type?: string
  code?: string
  message: string
  event_id?: string
  param?: string
}): ConnectionEvent {
  const none = { type: 'invalid_request_error', code: null, param: null, event_id: null }
  return says({ type: 'error', error: { ...none, ...fields } })
}

function transcript(type: 'delta' | 'completed', words: { item_id: string; delta?: string; transcript?: string }) {
  const name = `conversation.item.input_audio_transcription.${type}` as const
  return says({ delta: '', transcript: '', ...words, type: name } as ServerEvent)
}

function words(response: string): SessionEvent {
  return says({
    type: 'response.output_audio_transcript.delta',
    response_id: response,
    item_id: `item_${response}`,
    delta: 'word ',
  })
}

function sound(response: string): SessionEvent {
  const audio = new Uint8Array(4800)
  return says({
    type: 'response.output_audio.delta',
    response_id: response,
    item_id: `item_${response}`,
    content_index: 0,
    audio,
  })
}
