import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import type { EmulatorCommandOptions } from './commands/emulator.ts'
import { leaveWithoutOutput, tellFault } from './commands/faults.ts'
import type { FmtOptions } from './commands/fmt.ts'
import type { HistoryOptions } from './commands/history.ts'
import type { PlanOptions } from './commands/plan.ts'
import type { ReloadOptions, RollbackOptions } from './commands/reload.ts'
import type { ShowOptions } from './commands/show.ts'
import type { StartOptions } from './commands/start.ts'
import type { StatusOptions } from './commands/status.ts'
import type { ToolRunOptions } from './commands/tool.ts'
import type { ValidateOptions } from './commands/validate.ts'

/** Runs one command and sets the exit code: 0 done, 1 the answer is no, 2 wrong use, 3 could not do the job, 4 surroundings not ready, 5 a running process refused. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', leaveWithoutOutput)
  try {
    await createProgram(argv).parseAsync(argv, { from: 'user' })
  } catch (error) {
    process.exitCode = explain(error)
  }
}

/** Where a command is named, it alone is described: the others would only be read by `--help`. */
function createProgram(argv: readonly string[]): Command {
  const program = new Command('runner')
  program
    .description('One YAML file is a running voice agent: start it, talk to it, edit it while it talks.')
    .version(manifest.version, '-V, --version', 'print the version')
    .option('--debug', 'show where an internal fault happened')
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'runner: ')) })
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
  const asked = argv[0] ?? ''
  const added = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : new Set(Object.values(COMMANDS))
  for (const add of added) add?.(program)
  return program
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
  status: addRunning,
  reload: addRunning,
  rollback: addRunning,
  history: addRunning,
  logs: addLogs,
  transcript: addTranscript,
  schema: addSchema,
  emulator: addEmulator,
}

function addInit(program: Command): void {
  subcommand(
    program,
    'init',
    'write an agent that is ready to start, with a prompt, a tool and a CI file; overwrites nothing',
  )
    .argument('[folder]', 'where', '.')
    .action(async (folder: string) => {
      const { init } = await import('./commands/init.ts')
      process.exitCode = await init(folder)
    })
}

function addStart(program: Command): void {
  subcommand(program, 'start', 'talk to an agent: at a terminal, through a pipe, or as a program')
    .argument('[agent.yaml...]', 'agent files; agents/support.yaml where none is named')
    .addOption(new Option('--offline', 'the built-in emulator answers, even with a key').conflicts('online'))
    .option('--online', 'the service answers or nobody: never the emulator')
    .option('--base-url <url>', 'another address of the service (also INWORLD_BASE_URL)')
    .option('--say <text>', 'a turn of the caller; may be given several times', collect)
    .option('--jsonl', 'JSON lines in and out, for programs')
    .option('--no-main', 'no conversation is open until a line of --jsonl, or a page, opens one')
    .option('--with-audio', "the agent's sound among the JSON lines")
    .option('--audio-in <file.wav>', "a WAV file as the caller's microphone, in real time")
    .option('--audio-out <file.wav>', 'record what the agent says')
    .option('--mic', "talk: the system's microphone and loudspeaker")
    .option('--headphones', 'with --mic: the caller is heard while the agent speaks, and may interrupt it')
    .option('--journal <folder>', 'write each conversation down in a file of its own')
    .option('--metrics-port <number>', 'serve figures in the text that Prometheus reads, under /metrics', port)
    .option('--metrics-host <address>', 'where they are served', '127.0.0.1')
    .option('--page', 'serve the page also where no person sits at the terminal')
    .option('--no-page', 'serve no page')
    .option('--port <number>', 'where the page is served; 7070, or the next free one, where left out', port)
    .option('--host <address>', 'who is let in: 127.0.0.1 where left out; any other demands --token')
    .option('--token <secret>', 'what a page must know to talk')
    .option('--settle <ms>', 'how long a save must stay the same before it is taken; 0 for editors that rename', whole)
    .addOption(new Option('--log-level <level>', 'how much is logged on standard error').choices(LOG_LEVELS))
    .action(async (files: string[], options: StartOptions) => {
      const { start } = await import('./commands/start.ts')
      process.exitCode = await start(files, options)
    })
}

/** Written out here, so that --help need not load what prints them. */
const FORMATS: readonly NonNullable<ValidateOptions['format']>[] = [
  ...(['codeframe', 'line', 'json', 'github', 'gitlab', 'sarif', 'junit'] as const),
]

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

function addValidate(program: Command): void {
  subcommand(program, 'validate', 'check agent files; executes nothing, needs no key and no network')
    .argument('[path...]', 'agent files, folders, globs')
    .addOption(
      new Option(
        '--format <format>',
        'how findings are printed; codeframe, or github where GitHub Actions runs it',
      ).choices(FORMATS),
    )
    .addOption(
      new Option('--fail-on <level>', 'the least grave finding that makes the exit code 1')
        .choices(['error', 'warning', 'note'])
        .default('error'),
    )
    .option(
      '--output <file>',
      'where the findings go, in that format or by its name (.json, .sarif, .xml); people still read them on standard error',
    )
    .option('--explain <rule>', 'what a rule means, with a wrong and a right example: --explain RV101')
    .option('--no-cache', 'check every file, also where nothing changed since the last run (50 files and more)')
    .option('--stdin', 'check what comes in on standard input, for editors')
    .option('--stdin-filename <file>', 'the file that it is, or will be')
    .action(async (paths: string[], options: ValidateOptions) => {
      const { validate } = await import('./commands/validate.ts')
      process.exitCode = await validate(paths, options)
    })
}

function addFmt(program: Command): void {
  subcommand(program, 'fmt', 'put agent files into their canonical order and spacing; comments stay')
    .argument('<path...>', 'agent files and their parts, folders, globs')
    .option('--check', 'write nothing; end with 1 where a file would change')
    .action(async (paths: string[], options: FmtOptions) => {
      const { fmt } = await import('./commands/fmt.ts')
      process.exitCode = await fmt(paths, options)
    })
}

function addShow(program: Command): void {
  subcommand(program, 'show', 'print what an agent file comes to, with everything that it leaves to others')
    .argument('<agent.yaml>')
    .option('--origin', 'where each value comes from')
    .addOption(new Option('--wire', 'the session.update that the service is sent').conflicts('origin'))
    .action(async (file: string, options: ShowOptions) => {
      const { show } = await import('./commands/show.ts')
      process.exitCode = await show(file, options)
    })
}

function addPlan(program: Command): void {
  subcommand(program, 'plan', 'what an edit changes, and when each change takes effect in a live conversation')
    .argument('<agent.yaml>')
    .option('--against <what>', 'compare with git:<commit>, or with another file', 'git:HEAD')
    .addOption(new Option('--format <format>', 'how it is printed').choices(['text', 'json']).default('text'))
    .option('--detailed-exitcode', 'end with 1 where something changes')
    .action(async (file: string, options: PlanOptions) => {
      const { plan } = await import('./commands/plan.ts')
      process.exitCode = await plan(file, options)
    })
}

function addTool(program: Command): void {
  const tool = subcommand(program, 'tool', 'list, check and try the tools of an agent file').helpCommand(false)
  subcommand(tool, 'list', 'the tools as the model is offered them; starts mcp servers, and runs no tool')
    .argument('<agent.yaml>')
    .action(async (file: string) => {
      const { toolList } = await import('./commands/tool.ts')
      process.exitCode = await toolList(file)
    })
  subcommand(tool, 'run', 'run one tool as a conversation would, and print what the model would get')
    .argument('<agent.yaml>')
    .argument('<tool>')
    .option('--args <json>', "the model's arguments", '{}')
    .option('--trace', 'each step on standard error: stdin, variables, output, exit, time, signals')
    .action(async (file: string, name: string, options: ToolRunOptions) => {
      const { toolRun } = await import('./commands/tool.ts')
      process.exitCode = await toolRun(file, name, options)
    })
  subcommand(tool, 'check', 'check the file and the scripts it names; executes nothing')
    .argument('<agent.yaml>')
    .action(async (file: string) => {
      const { toolCheck } = await import('./commands/tool.ts')
      process.exitCode = await toolCheck(file)
    })
}

/** The commands that speak with a running process, or read what it keeps. */
function addRunning(program: Command): void {
  const json = ['--json', 'for programs'] as const
  subcommand(program, 'status', 'generations and conversations of the running processes')
    .option(...json)
    .action(async (options: StatusOptions) => {
      const { status } = await import('./commands/status.ts')
      process.exitCode = await status(options)
    })
  subcommand(program, 'reload', 'have running processes look at their files now, and wait for what comes of it')
    .argument('[agent]', 'its name; all agents where it is left out')
    .option('--accept', 'take a save that is held')
    .option(...json)
    .action(async (agent: string | undefined, options: ReloadOptions) => {
      const { reload } = await import('./commands/reload.ts')
      process.exitCode = await reload(agent, options)
    })
  subcommand(program, 'rollback', 'make a new generation of an older content')
    .argument('<agent>', 'its name')
    .option('--to <number>', 'the generation; the last confirmed one that differs where it is left out', whole)
    .option(...json)
    .action(async (agent: string, options: RollbackOptions) => {
      const { rollback } = await import('./commands/reload.ts')
      process.exitCode = await rollback(agent, options)
    })
  subcommand(program, 'history', 'the generations that are kept; needs no running process')
    .argument('[agent]', 'its name; all agents where it is left out')
    .option('--diff', 'what changed in each')
    .option(...json)
    .action(async (agent: string | undefined, options: HistoryOptions) => {
      const { history } = await import('./commands/history.ts')
      process.exitCode = await history(agent, options)
    })
}

function addLogs(program: Command): void {
  subcommand(program, 'logs', 'what --journal wrote: the conversations of a folder or the events of one, with figures')
    .argument('<folder|file.jsonl>')
    .action(async (path: string) => {
      const { logs } = await import('./commands/logs.ts')
      process.exitCode = await logs(path)
    })
}

function addTranscript(program: Command): void {
  subcommand(program, 'transcript', 'a conversation that --journal wrote, as people read one')
    .argument('<file.jsonl>')
    .action(async (path: string) => {
      const { transcript } = await import('./commands/transcript.ts')
      process.exitCode = await transcript(path)
    })
}

function addSchema(program: Command): void {
  subcommand(program, 'schema', 'print the JSON Schema of the agent file').action(async () => {
    const { schemaCommand } = await import('./commands/schema.ts')
    process.exitCode = schemaCommand()
  })
}

function addEmulator(program: Command): void {
  subcommand(program, 'emulator', "run the service's local stand-in")
    .option('--port <number>', 'where it listens on 127.0.0.1; any free port where left out', port)
    .option('--captions <file>', 'the words of spoken turns, one line a turn')
    .addOption(new Option('--voice <voice>', 'how it sounds; espeak-ng where installed').choices(['espeak', 'hum']))
    .option('--expires-after <seconds>', 'sessions end so long after they were opened', seconds)
    .option('--accept-any-model', 'refuse no model, voice or address: for foreign clients')
    .action(async (options: EmulatorCommandOptions) => {
      const { emulator } = await import('./commands/emulator.ts')
      process.exitCode = await emulator(options)
    })
}

function subcommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .exitOverride()
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function whole(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number is wanted.')
}

/** At most a day. */
function seconds(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 86_400) return number
  throw new InvalidArgumentError('A whole number of seconds from 1 to 86400 is wanted.')
}

function port(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
}

/** Wrong use has been explained already; anything else is a fault of ours. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  return tellFault(error, process.argv)
}
