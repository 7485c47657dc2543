import { timeRangeAt } from '../checks/times.ts'
import { durationMs } from '../duration.ts'
import { authorPath, type Path } from '../findings/fault.ts'

/** A number from this on is most likely in ms. */
const MS_LIKELY_FROM = 1_000
/** A duration with at least this minimum may be in minutes as well. */
const MINUTES_FROM_MS = 10_000
/** The length of a conversation is most likely in minutes, up to this number. */
const MINUTES_LIKELY = ['limits.max_session', 'limits.wrap_up_at']
const MINUTES_LIKELY_TO = 90

/** The durations that a number without a unit may stand for at this path, the likeliest first. */
export function likelyDurations(count: string, path: Path): readonly string[] {
  const { minMs } = rangeOf(path)
  const isInMinutes = MINUTES_LIKELY.includes(authorPath(path)) && Number(count) <= MINUTES_LIKELY_TO
  const [first, second] = isInMinutes ? ['m', 's'] : ['s', 'm']
  const longer = minMs >= MINUTES_FROM_MS ? [`${count}${first}`, `${count}${second}`] : [`${count}s`]
  const all = Number(count) < MS_LIKELY_FROM ? [...longer, `${count}ms`] : [`${count}ms`, ...longer]
  return all.filter((text) => isDurationInRange(text, path))
}

/** Whether a duration is in the range of this path. */
export function isDurationInRange(duration: string, path: Path): boolean {
  const { minMs, maxMs } = rangeOf(path)
  const ms = durationMs(duration)
  return ms !== null && ms >= minMs && ms <= maxMs
}

function rangeOf(path: Path): { readonly minMs: number; readonly maxMs: number } {
  return timeRangeAt(path) ?? { minMs: 0, maxMs: Number.POSITIVE_INFINITY }
}
