import { authorPath, type Path, pointerOf } from '../findings/fault.ts'
import type { Finding } from './check.ts'

/** What is wrong with an entry `control:`; `before` are the entries above it. */
export function controlFaults(tool: unknown, before: readonly unknown[], path: Path): readonly Finding[] {
  const { control, voices } = Object(tool) as { control?: unknown; voices?: unknown }
  if (typeof control !== 'string') return []
  const finding = (key: string, message: string, help: string): Finding => ({
    rule: 'RV516',
    message: `${authorPath([...path, key])} ${message}`,
    help,
    path: [...path, key],
  })
  const duplicate = before.findIndex((other) => (Object(other) as { control?: unknown }).control === control)
  const choices = 'Name those that may be chosen: voices: [Sarah, Clive].'
  const dependingOn = (key: string) => ({ dependsOn: [pointerOf([...path, key])] })
  return [
    ...(duplicate < 0 ? [] : [finding('control', `is offered by tools[${duplicate}] as well`, 'Offer it once.')]),
    ...(control === 'set_voice' && voices === undefined
      ? [{ ...finding('control', 'is set_voice without voices', choices), ...dependingOn('voices') }]
      : []),
    ...(control !== 'set_voice' && voices !== undefined
      ? [{ ...finding('voices', 'belong to set_voice', 'Remove them.'), ...dependingOn('control') }]
      : []),
  ]
}
