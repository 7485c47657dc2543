import { durationMs } from '../duration.ts'
import { type Fault, type Path, wordsOf } from '../findings/fault.ts'
import type { Check } from '../meaning.ts'

const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS

/** Times of a conversation within which they make sense. */
export const checkTimes: Check = (data, { at }) =>
  TIMES.flatMap(({ path, minMs, maxMs, range, help }): Fault[] => {
    const given = valueAt(data, path)
    const ms = typeof given === 'string' ? durationMs(given) : null
    if (ms === null || (ms >= minMs && ms <= maxMs)) return []
    return [{ rule: 'RV701', message: `${wordsOf(path)} is ${given}; ${range} is wanted`, help, ...at(path) }]
  })

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

/** The times of a conversation, and what each may be. */
export const TIMES: readonly {
  readonly path: Path
  readonly minMs: number
  readonly maxMs: number
  readonly range: string
  readonly help: string
}[] = [
  {
    path: ['idle', 'after'],
    minMs: 1_000,
    maxMs: 60 * MINUTE_MS,
    range: '1s to 60m',
    help: 'People think for 10s and more; 15s is a common choice.',
  },
  {
    path: ['limits', 'idle'],
    minMs: 10_000,
    maxMs: DAY_MS,
    range: '10s to 1440m',
    help: 'It ends the conversation without a word; 5m is a common choice.',
  },
  {
    path: ['limits', 'max_session'],
    minMs: 10_000,
    maxMs: DAY_MS,
    range: '10s to 1440m',
    help: 'It ends the conversation; 60m is a common choice.',
  },
  {
    path: ['limits', 'wrap_up_at'],
    minMs: 10_000,
    maxMs: DAY_MS,
    range: '10s to 1440m',
    help: 'A minute or more before limits.max_session.',
  },
]

function msAt(data: unknown, path: Path): number | null {
  const given = valueAt(data, path)
  return typeof given === 'string' ? durationMs(given) : null
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (Object(value) as { [key: string]: unknown })[key], data)
}
