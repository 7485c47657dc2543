import type { ChannelReport } from '../page/protocol.ts'

/** Reports kept for a page that comes back; the oldest go first. */
const KEPT_MAX = 500
/** Reports that only lead up to another one, and are not kept once that one is there. */
const LEADS_TO: { readonly [type: string]: readonly string[] } = {
  'agent.transcript': ['agent.transcript.delta'],
  'caller.transcript': ['caller.transcript'],
  'caller.speech': ['caller.speech'],
  'agent.playback': ['agent.playback'],
  'session.settings': ['session.settings'],
}
/** Reports that a page has no use for: it gets the sound as sound, and reads the items' words elsewhere. */
const NOT_SHOWN = ['agent.audio', 'agent.backchannel.audio', 'item.created', 'item.updated']

/** Whether a page is told of it at all. */
export function isShown(type: string): boolean {
  return !NOT_SHOWN.includes(type)
}

/** What a page that comes back is told: everything that was said and done, without the steps on the way there. */
export function remember(kept: readonly ChannelReport[], report: ChannelReport): readonly ChannelReport[] {
  const over = LEADS_TO[report.type] ?? []
  const others =
    over.length === 0 ? kept : kept.filter((earlier) => !(over.includes(earlier.type) && isPassing(earlier)))
  return [...others, report].slice(-KEPT_MAX)
}

/** A transcript that is final stays. */
function isPassing(report: ChannelReport): boolean {
  return report.type !== 'caller.transcript' || report.final !== true
}
