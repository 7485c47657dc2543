import type { ClientItem } from '../../src/realtime/client-event.ts'
import type { Effect } from '../../src/session/effect.ts'

/** Ids of the calls whose background results these effects send to the live session; what precedes `session.ready` is a replay. */
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

/** Id of the call whose background result an item is. */
export function resultOf(item: ClientItem): readonly string[] {
  const words = item.type === 'message' ? item.content[0].text : ''
  return /^\[Not said by the caller\] The call (\S+) of /.exec(words)?.slice(1) ?? []
}
