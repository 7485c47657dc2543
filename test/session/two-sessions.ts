import type { ConnectionEvent, SessionEvent } from '../../src/session/event.ts'
import { words } from './speech.ts'
import {
  created,
  done,
  goOn,
  live,
  moment,
  opened,
  type Story,
  server,
  sessionCreated,
  text,
  updated,
} from './story.ts'

/** When the session ends by itself, in s since the epoch: an hour from the story's now. */
export const HOUR = moment.now / 1_000 + 3_600
export const expiring = goOn(live(), updated({ expires_at: HOUR }))
/** One question of the caller, and its answer. */
export const talked = goOn(expiring, text('what time is it?'), created('r1'), words('Noon.'), done('r1'))

/** What happens on the second connection. */
export function next(event: SessionEvent): SessionEvent {
  return { type: 'next', event: event as ConnectionEvent }
}

/** The second connection is open, and then ready as well. */
export const open = [next(opened), next(sessionCreated)] as const
export const confirmed = next(updated({ expires_at: HOUR + 3_000 }))
export const ready = [...open, confirmed] as const

/** The next session acknowledges the replay. */
export function acked(story: Story): readonly SessionEvent[] {
  return (story.state.next?.replayedItemIds ?? []).map((id) => next(itemAdded(id)))
}

export function itemAdded(id: string): SessionEvent {
  return server({ type: 'conversation.item.added', item: { id, type: 'message' } })
}

/** The orders to the two connections. */
export function connectionEffects(story: Story): readonly string[] {
  return story.effects.flatMap((effect) => {
    if (effect.type === 'takeOver') return ['take over']
    if (effect.type !== 'connect' && effect.type !== 'close') return []
    return [effect.next ? `${effect.type} next` : effect.type]
  })
}

/** The words of the items that are sent on one of the connections; the type of an item without words. */
export function replayedTexts(story: Story, on: 'live' | 'next'): readonly string[] {
  return story.effects.flatMap((effect) => {
    if (effect.type !== 'send' || effect.event.type !== 'conversation.item.create') return []
    if ((effect.next === true) !== (on === 'next')) return []
    const { item } = effect.event
    return item.type === 'message'
      ? item.content.map((content) => ('text' in content ? content.text : ''))
      : [item.type]
  })
}
