import type { Level } from '../findings/diagnostic.ts'

/** What is known of a rule before any file is read. */
export interface Rule {
  /** How grave it is where nobody says otherwise. */
  readonly level: Level
  readonly title: string
  /** What is behind it, and what to do: one to three sentences. */
  readonly help: string
  /** YAML that is right; with `version`, `name` and `instructions` where they are left out, it is a whole file. */
  readonly validExample?: string
  /** Why no file can be shown that is wrong: the rule tells what became of one, or what the service says of it. */
  readonly noInvalidExample?: string
  /** An error that a project may lower: the agent can be built, and is safe, all the same. Warnings and notes always may. */
  readonly mayBeLowered?: true
  /** Told only where a project asks for it: it is a matter of taste. */
  readonly isOptional?: true
}

/** Rules by their ids. */
export type RuleTable = { readonly [id: `RV${string}`]: Rule }
