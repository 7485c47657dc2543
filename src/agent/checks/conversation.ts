import { durationMs } from '../duration.ts'
import { authorPath, type Fault, type Path } from '../findings/fault.ts'
import { valueAt } from '../value-at.ts'
import type { Check } from './check.ts'

/** Times that never come, since another ends the conversation before. */
export const checkTimeOrder: Check = (data, { at }) => {
  const [wrapUp, max, prompt, end] = [
    ['limits', 'wrap_up_at'],
    ['limits', 'max_session'],
    ['idle', 'after'],
    ['limits', 'idle'],
  ] as const
  const orderFault = (path: Path, message: string, help: string): readonly Fault[] => {
    return [{ rule: 'RV702', message, help, ...at(path), dependsOn: ['/limits/max_session', '/limits/idle'] }]
  }
  const neverComes = (path: Path, endPath: Path, help: string): readonly Fault[] => {
    const [ms, endMs] = [msAt(data, path), msAt(data, endPath)]
    if (ms === null || endMs === null || ms < endMs) return []
    const times = `${authorPath(path)} is ${valueAt(data, path)}, and ${authorPath(endPath)} is ${valueAt(data, endPath)}`
    return orderFault(path, `${times}: that time never comes`, help)
  }
  const isEndless = msAt(data, wrapUp) !== null && msAt(data, max) === null
  return [
    ...(isEndless
      ? orderFault(
          wrapUp,
          'limits.wrap_up_at stands without limits.max_session',
          'Add limits.max_session, with a longer time: both count from the beginning.',
        )
      : neverComes(wrapUp, max, 'Give limits.max_session a longer time: both count from the beginning.')),
    ...neverComes(prompt, end, 'Make idle.after the shorter one.'),
  ]
}

/** Words that are a command to a program, and no goodbye. */
const COMMAND =
  /^\s*(?:[a-z]+(?:_[a-z]+)+|(?:end|finish|terminate|disconnect|close|stop|quit|exit|hang[ -]?up)(?: (?:the )?(?:call|session|conversation))?|none|nothing|wait|repeat|continue)\s*$/i

/** idle.then is spoken, so a command there would be said aloud; the conversation ends after it in any case. */
export const checkLastWords: Check = (data, { at }) => {
  const path = ['idle', 'then']
  const lastWords = valueAt(data, path)
  if (typeof lastWords !== 'string' || !COMMAND.test(lastWords)) return []
  const message = `idle.then is said aloud: the caller would hear "${lastWords.trim()}"`
  const help =
    'Write a goodbye, such as "I will hang up now. Goodbye.", after which the conversation is over. Without idle.then the agent waits, and limits.idle ends without a word.'
  return [{ rule: 'RV704', message, help, ...at(path) }]
}

function msAt(data: unknown, path: Path): number | null {
  const duration = valueAt(data, path)
  return typeof duration === 'string' ? durationMs(duration) : null
}
