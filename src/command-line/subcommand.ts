import type { Command } from 'commander'

/** What `--help` says of a command below its flags. */
interface Closing {
  /** Command lines, without the `$`. */
  readonly examples: readonly string[]
  /** What each exit code means, in one line; README.md has those of all commands. */
  readonly exits: string
}

/** As wide as help is where no terminal says otherwise. */
const HELP_COLUMNS = 80

/** A command that throws where it is used wrongly, instead of ending the process. */
export function subcommand(program: Command, name: string, description: string, closing?: Closing): Command {
  const command = program
    .command(name)
    .description(description)
    .exitOverride()
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
  if (closing === undefined) return command
  const examples = closing.examples.map((line) => `  $ ${line}\n`).join('')
  const exits = command.createHelp().boxWrap(`Exit codes: ${closing.exits}`, HELP_COLUMNS)
  return command.addHelpText('after', `\nExamples:\n${examples}\n${exits}`)
}
