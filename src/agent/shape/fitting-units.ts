import { TIMES } from '../checks/life.ts'
import { rangeAt } from '../checks/tool-times.ts'
import { durationMs } from '../duration.ts'
import { type Path, wordsOf } from '../findings/fault.ts'

/** A number as large as this was most likely meant in ms. */
const MS_LIKELY_FROM = 1_000
/** A time that may not be shorter than this is thought of in minutes as well. */
const MINUTES_FROM_MS = 10_000

/** A number without a unit as the durations that it may be at this place, the likeliest first. */
export function fittingUnits(count: string, path: Path): readonly string[] {
  const time = TIMES.find((each) => each.path.join('.') === wordsOf(path)) ?? rangeAt(path)
  const { minMs = path.at(-1) === 'cpu' ? 1_000 : 0, maxMs = Number.POSITIVE_INFINITY } = time ?? {}
  const longer = minMs >= MINUTES_FROM_MS ? [`${count}s`, `${count}m`] : [`${count}s`]
  const all = Number(count) < MS_LIKELY_FROM ? [...longer, `${count}ms`] : [`${count}ms`, ...longer]
  return all.filter((text) => {
    const ms = durationMs(text)
    return ms !== null && ms >= minMs && ms <= maxMs
  })
}
