import type { Level } from '../findings/diagnostic.ts'

/** What is known of a rule before any file is read. */
export interface Rule {
  /** Its level, unless the project sets another. */
  readonly level: Level
  readonly title: string
  /** Why it exists and what to do: one to three sentences. */
  readonly help: string
  /** Valid YAML; with `version`, `name` and `instructions` added where they are missing, it is a whole file. */
  readonly validExample?: string
  /** Why there is no invalid example: the rule is about what happened to a file, or about what the service says. */
  readonly noInvalidExample?: string
  /** An error that a project may lower, since the agent can be built and is safe. Warnings and notes always may be lowered. */
  readonly mayBeLowered?: true
  /** Reported only if the project asks for it: it is a matter of taste. */
  readonly isOptional?: true
}

/** Rules by their ids. */
export type RuleTable = { readonly [id: `RV${string}`]: Rule }
