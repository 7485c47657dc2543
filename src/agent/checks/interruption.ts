import type { Check } from '../meaning.ts'

const RESTS = ['/turn_detection/type', '/turn_detection/interrupt_response']

/** Either the service or the runner decides on barge-in, not both. */
export const checkInterruption: Check = (data, { at }) => {
  if (data.interruption === undefined) return []
  const turns = data.turn_detection as { type?: unknown; interrupt_response?: unknown } | undefined
  if (turns !== undefined && typeof Object(turns).type !== 'string') return []
  if (turns?.type !== 'manual' && turns?.interrupt_response === false) return []
  const message = 'interruption is the runner’s to decide, and turn_detection leaves it to the service'
  const help = 'Set turn_detection.interrupt_response: false, or remove interruption.'
  return [{ rule: 'RV703', message, help, ...at(['interruption'], 'key'), dependsOn: RESTS }]
}
