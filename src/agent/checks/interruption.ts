import type { Fault } from '../findings/fault.ts'
import type { Check } from './check.ts'

const BY_WORDS = 'turn_detection: { type: semantic_vad, interrupt_response: false }'
const DEPENDS_ON = ['/turn_detection/type', '/turn_detection/interrupt_response']

/** Either the service or the runner decides on barge-in, not both. */
export const checkInterruption: Check = (data, { at }) => {
  if (data.interruption === undefined) return []
  const turns: unknown = data.turn_detection
  const { type, interrupt_response } = Object(turns) as {
    readonly type?: unknown
    readonly interrupt_response?: unknown
  }
  if (turns !== undefined && typeof type !== 'string') return []
  const fault = (message: string, help: string): readonly Fault[] => [
    { rule: 'RV703', message, help, ...at(['interruption'], 'key'), dependsOn: DEPENDS_ON },
  ]
  if (type === 'manual')
    return fault('interruption has no effect with turn_detection of type manual', `Remove it, or write ${BY_WORDS}.`)
  if (interrupt_response === false) return []
  return fault(
    'interruption is the runner’s to decide, and turn_detection leaves it to the service',
    `${turns === undefined ? `Write ${BY_WORDS}` : 'Set turn_detection.interrupt_response: false'}, or remove interruption.`,
  )
}
