import { durationMs } from '../duration.ts'
import type { Fault, Path } from '../findings/fault.ts'
import type { Check } from '../meaning.ts'
import { valueAt } from '../value-at.ts'

/** Times that another one always comes before. */
export const checkOrder: Check = (data, { at }) => {
  const [wrapUp, max] = [msAt(data, ['limits', 'wrap_up_at']), msAt(data, ['limits', 'max_session'])]
  const [prompt, end] = [msAt(data, ['idle', 'after']), msAt(data, ['limits', 'idle'])]
  const never = (path: Path, message: string, help: string): Fault => {
    return { rule: 'RV702', message, help, ...at(path), rests: ['/limits/max_session', '/limits/idle'] }
  }
  return [
    ...(wrapUp !== null && (max === null || wrapUp >= max)
      ? [
          never(
            ['limits', 'wrap_up_at'],
            max === null
              ? 'limits.wrap_up_at stands without limits.max_session'
              : 'limits.wrap_up_at comes after the end',
            max === null
              ? 'Add limits.max_session, with a longer time: both count from the beginning.'
              : 'Give limits.max_session a longer time: both count from the beginning.',
          ),
        ]
      : []),
    ...(prompt !== null && end !== null && prompt >= end
      ? [never(['idle', 'after'], 'limits.idle ends the conversation before', 'Make idle.after the shorter one.')]
      : []),
  ]
}

function msAt(data: unknown, path: Path): number | null {
  const given = valueAt(data, path)
  return typeof given === 'string' ? durationMs(given) : null
}
