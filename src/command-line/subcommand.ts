import type { Command } from 'commander'

/** The text of `--help` below a command's flags. */
interface HelpFooter {
  /** Command lines, without the `$`. */
  readonly examples: readonly string[]
  /** What each exit code means, on one line; README.md lists those of all commands. */
  readonly exits: string
}

/** The width of help if no terminal gives one. */
const HELP_COLUMNS = 80

/** Adds a command that throws on wrong usage instead of ending the process. */
export function subcommand(program: Command, name: string, description: string, footer?: HelpFooter): Command {
  const command = program
    .command(name)
    .description(description)
    .exitOverride()
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
    .hook('preAction', (_, { args }) => {
      if (args.includes('')) command.error('error: an argument is empty; is a variable of a script not set?')
    })
  if (footer === undefined) return command
  const examples = footer.examples.map((line) => `  $ ${line}\n`).join('')
  const exits = command.createHelp().boxWrap(`Exit codes: ${footer.exits}`, HELP_COLUMNS)
  return command.addHelpText('after', `\nExamples:\n${examples}\n${exits}`)
}
