import type { Command } from 'commander'

/** A command that throws where it is used wrongly, instead of ending the process. */
export function subcommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .exitOverride()
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
}
