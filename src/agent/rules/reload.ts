import type { RuleTable } from './rule.ts'

/** RV901 to RV919: edits while the agent runs. */
export const RELOAD = {
  RV901: {
    level: 'error',
    title: 'the name of a running agent changed',
    help: 'Logs, tools and programs know the agent by its name. Start again to give it another.',
  },
} as const satisfies RuleTable
