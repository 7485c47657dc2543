import { authorPath, type Fault } from '../findings/fault.ts'
import type { Check } from './check.ts'

/** Settings for the time in which the caller waits for a call have no effect on one in the background. */
export const checkBackground: Check = (data, { at }) => {
  const tools: readonly unknown[] = Array.isArray(data.tools) ? data.tools : []
  return tools.flatMap((tool, index): readonly Fault[] => {
    const { background, say_after, on_interrupt } = Object(tool) as { readonly [key: string]: unknown }
    if (background !== true) return []
    const fault = (key: string, why: string): Fault => {
      const path = ['tools', index, key]
      const message = `${authorPath(path)} has no effect on a call in the background: ${why}`
      return { rule: 'RV512', message, help: 'Remove it, or background: true.', ...at(path, 'key') }
    }
    return [
      ...(say_after === undefined ? [] : [fault('say_after', 'it is answered at once')]),
      ...(on_interrupt === 'cancel' ? [fault('on_interrupt', 'no interruption ends it')] : []),
    ]
  })
}
