import { functionTools } from '../brain/choose-tool.ts'
import type { BrainInput } from '../brain.ts'
import type { ResponseConfig } from '../client-event.ts'
import type { Item } from '../item.ts'
import type { Session } from '../session.ts'
import { normalizeFormat, type WireFormat } from '../wire-format.ts'

/** How to make one response: the session's settings, overridden by the response's own. */
export interface ResponseSettings {
  readonly input: BrainInput
  readonly isOutOfBand: boolean
  readonly modalities: readonly ('audio' | 'text')[]
  readonly format: WireFormat
  readonly voice: string
  readonly speed: number
  readonly maxTokens: number | 'inf'
  readonly metadata: ResponseConfig['metadata']
}

/** Applies the response's own settings over those of the session; `today` is the day for relative dates. */
export function responseSettings(
  session: Session,
  config: ResponseConfig,
  items: readonly Item[],
  today: string,
): ResponseSettings {
  const { output } = session.audio
  const choice = config.tool_choice ?? session.tool_choice
  return {
    input: {
      instructions: config.instructions ?? session.instructions,
      responseInstructions: config.instructions ?? null,
      items,
      tools: functionTools(config.tools ?? session.tools),
      toolChoice: typeof choice === 'string' ? choice : 'name' in choice ? { name: choice.name } : 'auto',
      today,
    },
    isOutOfBand: config.conversation === 'none',
    modalities: config.output_modalities ?? session.output_modalities,
    format: config.audio?.output?.format === undefined ? output.format : normalizeFormat(config.audio.output.format),
    voice: config.voice ?? config.audio?.output?.voice ?? output.voice,
    speed: output.speed,
    maxTokens: config.max_output_tokens ?? session.max_output_tokens,
    metadata: config.metadata ?? null,
  }
}
