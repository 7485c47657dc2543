import { Command, CommanderError } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { addFmt, addInit, addPlan, addSchema, addShow, addValidate } from './command-line/agent-files.ts'
import { addEmulator, addStart, addTool } from './command-line/execution.ts'
import { addLogs, addTranscript } from './command-line/journals.ts'
import { addProcessCommands } from './command-line/process-control.ts'
import { handleOutputErrors, reportInternalError } from './commands/errors.ts'

/** Runs one command and sets the exit code (`runner/exit-code.ts`). */
export async function main(argv: readonly string[]): Promise<void> {
  handleOutputErrors()
  try {
    const program = createProgram(argv)
    const words = argv.length === 1 && argv[0] === 'version' ? ['--version'] : placeHelp(program, argv)
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) return exitAfterBug(error)
    // The parser has explained it already.
    process.exitCode = error.exitCode === 0 ? 0 : 2
  }
}

/** After a bug of runner nothing closes what is open: watchers and sockets would keep the process alive for good. */
function exitAfterBug(fault: unknown): never {
  process.exit(reportInternalError(fault, process.argv))
}

/** Ways to ask for help that people type. */
const HELP_WORDS = ['help', '--help', '-h']

/**
 * Reads `help start` and `--help start` as `start --help`. A command that does not exist has no help: its name is reported as if it were to
 * run.
 */
function placeHelp(command: Command, words: readonly string[], isAsked = false): readonly string[] {
  const [word = '', ...rest] = words
  const named = command.commands.find((one) => one.name() === word)
  if (named !== undefined) return [word, ...placeHelp(named, rest, isAsked)]
  const isGroup = command.commands.length > 0
  if (isGroup && HELP_WORDS.includes(word)) return placeHelp(command, rest, true)
  if (isGroup && /^[^-]/.test(word)) return words.filter((one) => !HELP_WORDS.includes(one))
  return isAsked ? [...words, '--help'] : words
}

/** Builds the named command only: just `--help` reads the others. */
function createProgram(argv: readonly string[]): Command {
  const program = new Command('runner')
  program
    .description('One YAML file is a running voice agent: start it, talk to it, edit it while it talks.')
    .version(manifest.version, '-V, --version', 'print the version')
    .option('--debug', 'show where an internal fault happened')
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(rewordError(text)) })
    .showSuggestionAfterError(true)
    .exitOverride()
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ runner start agents/support.yaml\n' +
        '  $ runner start agents/support.yaml --say "where is order A-1042?"\n' +
        '  $ runner validate agents\n\n' +
        'Without INWORLD_API_KEY, a built-in emulator answers: a rehearsal without a model.',
    )
  const command = argv[0] ?? ''
  const added = Object.hasOwn(COMMANDS, command) ? [COMMANDS[command]] : new Set(Object.values(COMMANDS))
  for (const add of added) add?.(program)
  return program
}

/** A lone agent file means `start`; if no command has a similar name, all are listed. */
function rewordError(text: string): string {
  return text
    .replace(/^error: /, 'runner: ')
    .replace(/^(runner: unknown command '(.+\.ya?ml)')\n/, '$1\n(Did you mean runner start $2?)\n')
    .replace(/^(runner: missing required argument '.*')\n$/, '$1; --help shows how it is used\n')
    .replace(/^(runner: unknown (command|option) '.*')\n$/, '$1; --help lists every $2\n')
}

/** Every command by its name, in the order of `--help`. */
const COMMANDS: { readonly [name: string]: (program: Command) => void } = {
  init: addInit,
  start: addStart,
  validate: addValidate,
  fmt: addFmt,
  show: addShow,
  plan: addPlan,
  tool: addTool,
  status: addProcessCommands,
  reload: addProcessCommands,
  rollback: addProcessCommands,
  history: addProcessCommands,
  logs: addLogs,
  transcript: addTranscript,
  schema: addSchema,
  emulator: addEmulator,
}
