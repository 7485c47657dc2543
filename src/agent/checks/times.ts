import { durationMs } from '../duration.ts'
import { authorPath, type Path } from '../findings/fault.ts'
import type { RuleId } from '../rules.ts'
import { valueAt } from '../value-at.ts'
import type { Finding } from './check.ts'

/** Durations of a tool that are out of range, with the path of each. */
export function toolTimeFaults(tool: unknown, path: Path): readonly Finding[] {
  return outOfRangeFaults({ rule: 'RV506', holder: tool, path, times: TOOL_TIMES })
}

/** The same for a hook. */
export function hookTimeFaults(hook: unknown, path: Path): readonly Finding[] {
  return outOfRangeFaults({ rule: 'RV506', holder: hook, path, times: HOOK_TIMES })
}

/** The same for the times of a conversation. */
export function conversationTimeFaults(data: object): readonly Finding[] {
  return outOfRangeFaults({ rule: 'RV701', holder: data, path: [], times: CONVERSATION_TIMES })
}

/** The same for the times of a connection, of a reload and of what interrupts. */
export function sessionTimeFaults(data: object): readonly Finding[] {
  return outOfRangeFaults({ rule: 'RV506', holder: data, path: [], times: SESSION_TIMES })
}

/** The range of the duration at a path; null if there is none. */
export function timeRangeAt(path: Path): Pick<Time, 'minMs' | 'maxMs'> | null {
  const [section] = path
  const isOfTool = section === 'tools' || section === 'hooks'
  const times = !isOfTool ? [...CONVERSATION_TIMES, ...SESSION_TIMES] : section === 'tools' ? TOOL_TIMES : HOOK_TIMES
  const keys = (isOfTool ? path.slice(2) : path).join('.')
  return times.find((time) => time.keys.join('.') === keys) ?? null
}

interface TimesOf {
  readonly rule: RuleId
  /** The map that has the durations, and its path. */
  readonly holder: unknown
  readonly path: Path
  readonly times: readonly Time[]
}

function outOfRangeFaults({ rule, holder, path, times }: TimesOf): readonly Finding[] {
  return times.flatMap(({ keys, minMs, maxMs, range, help }) => {
    const duration = valueAt(holder, keys)
    const ms = typeof duration === 'string' ? durationMs(duration) : null
    if (ms === null || (ms >= minMs && ms <= maxMs)) return []
    const place = [...path, ...keys]
    return [{ rule, path: place, message: `${authorPath(place)} is ${duration}; ${range} is wanted`, help }]
  })
}

interface Time {
  readonly keys: readonly string[]
  readonly minMs: number
  readonly maxMs: number
  readonly range: string
  readonly help: string
}

const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS

/** Ranges for the durations of a conversation. */
const CONVERSATION_TIMES: readonly Time[] = [
  {
    keys: ['idle', 'after'],
    minMs: 1_000,
    maxMs: 60 * MINUTE_MS,
    range: '1s to 60m',
    help: 'People think for 10s and more; 15s is a common choice.',
  },
  {
    keys: ['limits', 'idle'],
    minMs: 10_000,
    maxMs: DAY_MS,
    range: '10s to 1440m',
    help: 'It ends the conversation without a word; 5m is a common choice.',
  },
  {
    keys: ['limits', 'max_session'],
    minMs: 10_000,
    maxMs: DAY_MS,
    range: '10s to 1440m',
    help: 'It ends the conversation; 60m is a common choice.',
  },
  {
    keys: ['limits', 'wrap_up_at'],
    minMs: 10_000,
    maxMs: DAY_MS,
    range: '10s to 1440m',
    help: 'A minute or more before limits.max_session.',
  },
]

const SESSION_TIMES: readonly Time[] = [
  {
    keys: ['connection', 'connect_timeout'],
    minMs: 1_000,
    maxMs: 60_000,
    range: '1s to 1m',
    help: 'A caller hears nothing meanwhile; 10s suits most services.',
  },
  {
    keys: ['connection', 'confirm_timeout'],
    minMs: 500,
    maxMs: 60_000,
    range: '500ms to 1m',
    help: 'A caller hears nothing meanwhile; 5s suits most services.',
  },
  {
    keys: ['interruption', 'min_speech'],
    minMs: 0,
    maxMs: 2_000,
    range: '0ms to 2s',
    help: 'A cough is over within about 250ms; a caller who is not heard for longer says it twice.',
  },
  {
    keys: ['interruption', 'resume_after'],
    minMs: 0,
    maxMs: 10_000,
    range: '0s to 10s',
    help: 'The agent is silent meanwhile; 2s suits most transcription, and 0s lets it speak on.',
  },
  {
    keys: ['reload', 'ack_timeout'],
    minMs: 500,
    maxMs: 30_000,
    range: '500ms to 30s',
    help: 'An answer to the caller may have to wait so long; 3s suits most services.',
  },
]

/** How long a script may run, a tool's as well as a hook's. */
const TIMEOUT = { keys: ['timeout'], minMs: 100, maxMs: 600_000, range: '100ms to 10m' } as const

const HOOK_TIMES: readonly Time[] = [
  {
    ...TIMEOUT,
    help: 'Those of one conversation wait for each other; 10s suits most.',
  },
]

const TOOL_TIMES: readonly Time[] = [
  {
    ...TIMEOUT,
    help: 'Most tools answer within 8s.',
  },
  {
    keys: ['kill_after'],
    minMs: 0,
    maxMs: 10_000,
    range: '0ms to 10s',
    help: 'A stop of the runner waits for it; most scripts tidy up within 500ms.',
  },
  {
    keys: ['say_after', 'delay'],
    minMs: 100,
    maxMs: 60_000,
    range: '100ms to 1m',
    help: 'A caller begins to wonder after about 2s.',
  },
  {
    keys: ['limits', 'cpu'],
    minMs: 1_000,
    maxMs: 600_000,
    range: '1s to 10m',
    help: 'It is counted in whole seconds.',
  },
]
