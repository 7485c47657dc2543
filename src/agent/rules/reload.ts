import type { RuleTable } from './rule.ts'

/** RV901 to RV919: edits while the agent runs. */
export const RELOAD = {
  RV901: {
    level: 'error',
    title: 'the name of a running agent changed',
    help: 'Logs, tools and programs know the agent by its name. Start again to give it another.',
  },
  RV905: {
    level: 'error',
    title: 'a save that takes away most of the prompt, or all tools',
    help: 'A file that is cut off while it is written is often valid YAML. The save is held: save it once more, or run "runner reload --accept", if it is meant.',
  },
  RV906: {
    level: 'error',
    title: 'content that the service has refused before',
    help: 'It is not offered again by itself. Change it, or run "runner reload --accept" to ask the service once more.',
  },
} as const satisfies RuleTable
