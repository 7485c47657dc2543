import { durationMs } from '../duration.ts'
import type { Fault, Path } from '../findings/fault.ts'
import { valueAt } from '../value-at.ts'
import type { Check } from './check.ts'

/** Times that never come, since another ends the conversation before. */
export const checkTimeOrder: Check = (data, { at }) => {
  const [wrapUp, max] = [msAt(data, ['limits', 'wrap_up_at']), msAt(data, ['limits', 'max_session'])]
  const [prompt, end] = [msAt(data, ['idle', 'after']), msAt(data, ['limits', 'idle'])]
  const orderFault = (path: Path, message: string, help: string): Fault => {
    return { rule: 'RV702', message, help, ...at(path), dependsOn: ['/limits/max_session', '/limits/idle'] }
  }
  return [
    ...(wrapUp !== null && (max === null || wrapUp >= max)
      ? [
          orderFault(
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
      ? [orderFault(['idle', 'after'], 'limits.idle ends the conversation before', 'Make idle.after the shorter one.')]
      : []),
  ]
}

/** Words that are a command to a program, and no goodbye. */
const COMMAND =
  /^\s*(?:[a-z]+(?:_[a-z]+)+|(?:end|finish|terminate|disconnect|close|stop|quit|exit|hang[ -]?up)(?: (?:the )?(?:call|session|conversation))?|none|nothing|wait|repeat|continue)\s*$/i

/** idle.then is spoken, so a command there would be said aloud; the conversation ends after it in any case. */
export const checkLastWords: Check = (data, { at, isValid }) => {
  const path = ['idle', 'then']
  const lastWords = valueAt(data, path)
  if (typeof lastWords !== 'string' || !COMMAND.test(lastWords) || !isValid(path)) return []
  const message = `idle.then is said aloud: the caller would hear "${lastWords.trim()}"`
  const help =
    'Write a goodbye, such as "I will hang up now. Goodbye.", after which the conversation is over. Without idle.then the agent waits, and limits.idle ends without a word.'
  return [{ rule: 'RV704', message, help, ...at(path) }]
}

function msAt(data: unknown, path: Path): number | null {
  const duration = valueAt(data, path)
  return typeof duration === 'string' ? durationMs(duration) : null
}
