import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { openTerminal } from '../../src/channels/terminal.ts'
import { Keys, Screen } from './screen.ts'

/** A terminal with its screen, its keys, and the caller events it emits. */
export function openTestTerminal(
  options: { columns?: number; env?: Record<string, string>; onEmit?: (event: CallerEvent) => void } = {},
) {
  const screen = new Screen(options.columns ?? 60)
  const keys = new Keys()
  const events: CallerEvent[] = []
  let quits = 0
  const terminal = openTerminal({
    input: keys,
    output: screen,
    env: options.env ?? { NO_COLOR: '1' },
    emit: (event) => {
      events.push(event)
      options.onEmit?.(event)
    },
    onQuit: () => {
      quits += 1
    },
  })
  const words = (text: string) => {
    for (const word of text.split(/(?<= )/)) terminal.agentSaid(word)
  }
  return { screen, keys, events, terminal, words, quits: () => quits }
}
