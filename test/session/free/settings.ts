import type { ServerEvent, ServiceError } from '../../../src/realtime/server-event.ts'
import type { SessionObject } from '../../../src/realtime/session-object.ts'
import { leaves, pathOf, valueAt, withValue } from '../../../src/session/settings/leaves.ts'
import { refusedSetting } from '../../lives/agents.ts'

/** What the service begins with, and what a setting returns to when it is removed. */
export const CREATED = {
  temperature: 0.8,
  audio: { input: { transcription: { language: 'en' } }, output: { speed: 1 } },
}

/** A service may merge an update into what it holds, or put its parts in the place of theirs. */
export type Merging = 'deeply' | 'by parts'

/** The settings of a session as the service holds them, and the updates that it has not answered. */
export class Settings {
  /** Whether it has confirmed some. */
  isLive = false
  held: SessionObject = {}
  readonly updates: { readonly id: string; readonly session: SessionObject }[] = []
  private readonly merging: Merging

  constructor(merging: Merging) {
    this.merging = merging
  }

  /** Confirms an update, or refuses all of one that holds an unsupported value. */
  answer(memory: number): ServerEvent | null {
    const [update] = this.updates
    if (update === undefined) return null
    if (refusedSetting(update.session) !== undefined) return this.refuse('by id')
    this.swallow()
    this.isLive = true
    return this.echo(memory)
  }

  /** Applies an update, and sends no answer. */
  swallow(): null {
    const update = this.updates.shift()
    if (update !== undefined && refusedSetting(update.session) === undefined)
      this.held = merge(this.held, update.session, this.merging)
    return null
  }

  refuse(how: 'by id' | 'by param' | 'vaguely'): ServerEvent | null {
    const [update] = this.updates
    const path = refusedSetting(update?.session ?? {})
    if (update === undefined || path === undefined) return null
    this.updates.shift()
    const param = how === 'vaguely' ? {} : { param: `session.${path}` }
    const cause = how === 'by id' ? { ...param, event_id: update.id } : param
    return error({ code: 'invalid_value', message: 'Unsupported value.', ...cause })
  }

  /** The settings as the service echoes them, with when the session ends by itself and what it remembers of the caller. */
  echo(memory: number): ServerEvent {
    const providerData = { ...this.held.providerData, memory: { state: { version: memory } } }
    const session = { ...inServiceSpelling(this.held), expires_at: 5_000, ...(memory === 0 ? {} : { providerData }) }
    return { type: 'session.updated', session }
  }
}

export function error(fields: Partial<ServiceError> & { readonly message: string }): ServerEvent {
  const none = { type: 'invalid_request_error', code: null, param: null, event_id: null }
  return { type: 'error', error: { ...none, ...fields } }
}

/** The service spells some settings in its own way. */
function inServiceSpelling(session: SessionObject): { [key: string]: unknown } {
  const output = session.audio?.output ?? {}
  const voice = output.voice?.toLowerCase()
  const speed = output.speed === undefined ? {} : { speed: Math.fround(output.speed) }
  return { ...session, audio: { ...session.audio, output: { ...output, voice, ...speed } } }
}

/** Merges an update. What the service is to remember of the caller is no setting. */
function merge(before: SessionObject, given: SessionObject, merging: Merging): SessionObject {
  const { memory: _remembered, ...providerData } = given.providerData ?? {}
  const update = given.providerData === undefined ? given : { ...given, providerData }
  const replaced = ['audio.input.transcription', 'audio.input.turn_detection', 'audio.output'].map(pathOf)
  const parts = merging === 'deeply' ? [pathOf('audio.input.turn_detection')] : replaced
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
