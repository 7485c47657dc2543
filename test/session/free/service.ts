import type { ClientEvent } from '../../../src/realtime/client-event.ts'
import type { ServerEvent } from '../../../src/realtime/server-event.ts'
import type { Choice } from './choices.ts'
import { otherSound, otherWords, type ResponseIds, ServiceResponses, sound, words } from './responses.ts'
import { CREATED, error, type Merging, Settings } from './settings.ts'

/** What the service is on all its connections. */
export interface ServiceContext extends ResponseIds {
  readonly merging: Merging
  /** What it remembers of the caller: the number of its last report. */
  memory: number
  /** It refused something, once, without saying what. */
  isVague: boolean
}

interface Unacknowledged {
  readonly eventId: string
  readonly item: { readonly id: string; readonly type: string; readonly role?: string }
}

const PIECES = ['well', ' hm', 'well I']
const WORDS_READ = ['Well.', 'Hm.', '', 'Well, I never.']

/** The service on one connection: it knows what it was sent, and says what a choice makes it say wherever that makes any sense. */
export class Service {
  readonly settings: Settings
  /** Its connection was accepted. */
  isOpen = false
  private readonly answers: ServiceResponses
  private readonly context: ServiceContext
  /** Items received and not acknowledged. */
  private readonly unacknowledged: Unacknowledged[] = []
  /** Requests to truncate or delete an item that it has not answered. */
  private readonly cuts: string[] = []
  /** The item of the caller's last turn. */
  private turn = 'u'

  constructor(context: ServiceContext) {
    this.context = context
    this.settings = new Settings(context.merging)
    this.answers = new ServiceResponses(context)
  }

  get isAskedForAnswer(): boolean {
    return this.answers.creates.length > 0
  }

  receive(event: ClientEvent): void {
    if (event.type === 'session.update') this.settings.updates.push({ id: event.event_id, session: event.session })
    if (event.type === 'response.create') this.answers.creates.push(event.event_id)
    if (event.type === 'conversation.item.truncate' || event.type === 'conversation.item.delete')
      this.cuts.push(event.event_id)
    if (event.type !== 'conversation.item.create') return
    const { id = this.context.nextId('i'), type } = event.item
    const role = 'role' in event.item ? { role: event.item.role } : {}
    this.unacknowledged.push({ eventId: event.event_id, item: { id, type, ...role } })
  }

  /** The conversation has waited long enough for a response. */
  giveUpAnswers(): void {
    this.answers.giveUp()
  }

  /** What a choice makes it say; null where it says nothing. Before the settings are confirmed it has no more to say than to confirm them. */
  respondTo({ what, pick }: Choice): ServerEvent | null {
    switch (what) {
      case 'session.created':
        return { type: 'session.created', session: CREATED }
      case 'answer':
        return this.settings.answer(this.context.memory)
      case 'swallow':
        return this.settings.swallow()
      case 'lose update':
        this.settings.updates.shift()
        return null
      case 'refuse by param':
      case 'refuse vaguely':
        return this.refuse(what)
      case 'ack item':
        return this.acknowledge()
      case 'refuse item':
        return error({ message: 'No such item.', event_id: this.unacknowledged.shift()?.eventId ?? 'none' })
      case 'late words':
        return this.isOpen ? this.answers.late(pick, words) : null
      case 'busy':
        return this.answers.refuse()
          ? error({ code: 'conversation_already_has_active_response', message: 'active response' })
          : null
      case 'rate limit':
        return this.answers.refuse() ? error({ code: 'rate_limit_exceeded', message: 'Please try again in 2s.' }) : null
      default:
        return this.settings.isLive ? (this.answer({ what, pick }) ?? this.listen({ what, pick })) : null
    }
  }

  private answer({ what, pick }: Choice): ServerEvent | null {
    switch (what) {
      case 'begin response':
        return this.answers.begin(pick)
      case 'begin late response':
        return this.answers.beginLate()
      case 'begin unsolicited response':
        return this.answers.beginUnsolicited(pick)
      case 'words':
        return this.answers.continueResponse(pick, words)
      case 'audio':
        return this.answers.continueResponse(pick, sound)
      case 'announce call':
        return this.answers.call(pick)
      case 'end response':
        return this.answers.end(pick, 'completed')
      case 'cancel response':
        return this.answers.end(pick, 'cancelled')
      case 'fail response':
        return this.answers.end(pick, 'failed')
      case 'end empty':
        return this.answers.endEmpty(pick)
      case 'incomplete response':
        return this.answers.end(pick, 'incomplete')
      case 'fail for rate limit':
        return this.answers.failForRateLimit(pick)
      case 'other words':
        return this.answers.continueResponse(pick, (id, isNewest) => otherWords(id, pick, isNewest))
      case 'other sound':
        return this.answers.continueResponse(pick, (id, isNewest) => otherSound(id, pick, isNewest))
      case 'call arguments':
        return this.answers.callArguments(pick)
      case 'call item':
        return this.answers.callItem()
      case 'words of unknown response':
        return this.answers.wordsOfUnknown()
      case 'end of unknown response':
        return this.answers.endOfUnknown(pick)
      case 'begun again':
        return this.answers.begunAgain(pick)
      case 'ended again':
        return this.answers.endedAgain(pick)
      case 'backchannel':
        return pick % 2 === 0
          ? { type: 'response.backchannel.audio.delta', backchannel_id: 'b', audio: new Uint8Array(480) }
          : { type: 'response.backchannel.audio.done', backchannel_id: 'b', phrase: 'mm-hm' }
      default:
        return null
    }
  }

  private listen({ what, pick }: Choice): ServerEvent | null {
    const kind = 'conversation.item.input_audio_transcription'
    switch (what) {
      case 'unsolicited':
        return this.settings.echo(this.context.memory)
      case 'unrelated error':
        this.context.isVague = true
        return error({ code: 'invalid_value', message: 'Nobody knows whose fault this is.' })
      case 'server error':
        return error({ type: 'server_error', message: 'Failed to read content stream.' })
      case 'nothing to cancel':
        return error({ code: 'response_cancel_not_active', message: 'no active response' })
      case 'expire':
        return error({ code: 'session_expired', message: 'too old' })
      case 'speech started':
        // Mostly another turn; now and then the same one is reported again.
        if (pick > 2) this.turn = this.context.nextId('u')
        return { type: 'input_audio_buffer.speech_started', item_id: this.turn }
      case 'speech stopped':
        return { type: 'input_audio_buffer.speech_stopped', item_id: this.turn }
      case 'committed':
        // Now and then of a turn that nobody announced.
        if (pick < 3) this.turn = this.context.nextId('u')
        return { type: 'input_audio_buffer.committed', item_id: this.turn }
      case 'transcript delta':
        return { type: `${kind}.delta`, item_id: this.transcribed(pick), delta: PIECES[pick % PIECES.length] ?? '' }
      case 'transcript': {
        const transcript = WORDS_READ[pick % WORDS_READ.length] ?? ''
        return { type: `${kind}.completed`, item_id: this.transcribed(pick), transcript }
      }
      case 'transcription fails':
        return { type: `${kind}.failed`, item_id: this.transcribed(pick), message: 'No speech found.' }
      case 'long silence':
        this.turn = this.context.nextId('u')
        return { type: 'input_audio_buffer.timeout_triggered', item_id: this.turn }
      case 'ack cut':
        return this.cuts.shift() === undefined ? null : { type: 'conversation.item.truncated', item_id: 'cut' }
      case 'refuse cut': {
        const event_id = this.cuts.shift()
        return event_id === undefined ? null : error({ message: 'Audio content is already shorter.', event_id })
      }
      case 'item':
        return {
          type: 'conversation.item.added',
          item: { id: this.context.nextId('i'), type: 'message', role: 'user' },
        }
      default:
        return null
    }
  }

  private refuse(what: 'refuse by param' | 'refuse vaguely'): ServerEvent | null {
    const refusal = this.settings.refuse(what === 'refuse vaguely' ? 'vaguely' : 'by param')
    this.context.isVague ||= refusal !== null
    return refusal
  }

  private acknowledge(): ServerEvent | null {
    const next = this.unacknowledged.shift()
    return next === undefined ? null : { type: 'conversation.item.added', item: next.item }
  }

  /** Words of the last turn, or of one that nobody announced. */
  private transcribed(pick: number): string {
    if (pick === 0) this.turn = this.context.nextId('u')
    return this.turn
  }
}
