import { type Command, Option } from 'commander'
import type { EmulatorCommandOptions } from '../commands/emulator.ts'
import type { StartOptions } from '../commands/start.ts'
import type { ToolRunOptions } from '../commands/tool.ts'
import { collect, readPort, readSeconds, readSettle } from './option-values.ts'
import { subcommand } from './subcommand.ts'

const FAULT_HELP =
  'what goes wrong on order, such as refuse=429:2 or close=40; may be given several times (docs/emulator.md)'
const FILE_EXITS = '1 the file has faults, 2 wrong use or no such file, 3 it cannot be read'
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

export function addStart(program: Command): void {
  subcommand(program, 'start', 'talk to an agent: at a terminal, through a pipe, or as a program', {
    examples: [
      'runner start agents/support.yaml',
      'runner start agents/support.yaml --offline --say "where is order A-1042?"',
      'RUNNER_TOKEN=… runner start agents/*.yaml --page --no-main --host 0.0.0.0',
    ],
    exits:
      '0 done, 1 a file has faults, or in a run of --say a tool did not work, 2 wrong use, 3 could not do the job, 4 no key, or the service is not reached or refuses, 130 and 143 ended by SIGINT or SIGTERM before all was said, or by the second one',
  })
    .argument('[agent.yaml...]', 'agent files; agents/support.yaml where none is named')
    .optionsGroup('Who answers:')
    .addOption(
      new Option('--offline', 'the built-in emulator answers, even with a key or INWORLD_BASE_URL').conflicts([
        'online',
        'baseUrl',
      ]),
    )
    .option('--online', 'the service answers or nobody: never the emulator')
    .option('--base-url <url>', 'another address of the service (also INWORLD_BASE_URL)')
    .option('--fault <name>', `with the emulator: ${FAULT_HELP}`, collect)
    .optionsGroup('Who speaks, and where it is heard:')
    .option(
      '--say <text>',
      'a turn of the caller; may be given several times; ends with 1 where a tool did not work',
      collect,
    )
    .option('--mic', "talk through the system's microphone and loudspeaker")
    .option('--headphones', 'with --mic: the caller is heard while the agent speaks, and may interrupt it')
    .option('--audio-in <file.wav>', "a WAV file as the caller's microphone, in real time")
    .option('--audio-out <file.wav>', 'record what the agent says')
    .option('--jsonl', 'JSON lines in and out, for programs')
    .option('--with-audio', "with --jsonl: the agent's sound among the lines")
    .option('--no-main', 'no conversation is open until a line of --jsonl, or a page, opens one')
    .optionsGroup('The page:')
    .option('--page', 'serve it also where no person sits at the terminal')
    .option('--no-page', 'serve it nowhere')
    .option('--port <number>', 'where it is served, or at the next port that is free (default: 7070)', readPort)
    .option('--host <address>', 'the address that it listens on (default: 127.0.0.1); any other demands a token')
    .option(
      '--token <secret>',
      'what a page must know to talk: at least 12 characters (also RUNNER_TOKEN, which other users of the machine do not see)',
    )
    .optionsGroup('What is kept and told:')
    .option('--journal <folder>', 'write each conversation down in a file of its own')
    .option('--metrics-port <number>', 'serve figures in the text that Prometheus reads, under /metrics', readPort)
    .option('--metrics-host <address>', 'where they are served (default: 127.0.0.1)')
    .addOption(
      new Option(
        '--log-level <level>',
        'how much is logged on standard error (default: warn, or error at a terminal)',
      ).choices(LOG_LEVELS),
    )
    .optionsGroup('Options:')
    .option(
      '--settle <ms>',
      'how long a save must stay the same before it is taken (default: 200); 0 for editors that rename',
      readSettle,
    )
    .action(async (files: string[], options: StartOptions) => {
      const { start } = await import('../commands/start.ts')
      process.exitCode = await start(files, options)
    })
}

export function addTool(program: Command): void {
  const tool = subcommand(program, 'tool', 'list, check and try the tools of an agent file').helpCommand(false)
  subcommand(tool, 'list', 'the tools as the model is offered them; starts mcp servers, and runs no tool', {
    examples: ['runner tool list agents/support.yaml'],
    exits: `0 done, ${FILE_EXITS}, or a server is not there`,
  })
    .argument('<agent.yaml>')
    .action(async (file: string) => {
      const { toolList } = await import('../commands/tool.ts')
      process.exitCode = await toolList(file)
    })
  subcommand(tool, 'run', 'run one tool as a conversation would, and print what the model would get', {
    examples: [
      `runner tool run agents/support.yaml lookup_order --args '{"order_number":"A-1042"}' --trace`,
      'runner tool run agents/support.yaml',
    ],
    exits: `0 it worked, 1 it did not, or the file has faults, 2 wrong use or no such file or tool, 3 it cannot be read, or a server is not there`,
  })
    .argument('<agent.yaml>', 'the file that declares it')
    .argument('[tool]', 'its name; where it is left out, the names are listed')
    .option('--args <json>', 'its arguments, as the model gives them', '{}')
    .option('--trace', 'each step on standard error: stdin, variables, output, exit, time, signals')
    .action(async (file: string, name: string | undefined, options: ToolRunOptions) => {
      const { toolRun } = await import('../commands/tool.ts')
      process.exitCode = await toolRun(file, name, options)
    })
  subcommand(tool, 'check', 'check the file and the scripts it names; executes nothing', {
    examples: ['runner tool check agents/support.yaml'],
    exits: `0 all can be started, ${FILE_EXITS}`,
  })
    .argument('<agent.yaml>')
    .action(async (file: string) => {
      const { toolCheck } = await import('../commands/tool.ts')
      process.exitCode = await toolCheck(file)
    })
}

export function addEmulator(program: Command): void {
  subcommand(program, 'emulator', "run the service's local stand-in, and print its address", {
    examples: [
      'runner emulator --port 7080',
      'INWORLD_API_KEY=any runner start agents/support.yaml --base-url ws://127.0.0.1:7080/api/v1/realtime/session',
    ],
    exits: '0 ended by a signal, 2 wrong use, 4 its port is taken',
  })
    .option('--port <number>', 'where it listens on 127.0.0.1 (default: any that is free)', readPort)
    .option('--captions <file>', 'the words of spoken turns, one line a turn')
    .addOption(new Option('--voice <voice>', 'how it sounds; espeak-ng where installed').choices(['espeak', 'hum']))
    .option('--expires-after <seconds>', 'sessions end so long after they were opened', readSeconds)
    .option('--fault <name>', FAULT_HELP, collect)
    .option('--accept-any-model', 'refuse no model, voice or address: for foreign clients')
    .action(async (options: EmulatorCommandOptions) => {
      const { emulator } = await import('../commands/emulator.ts')
      process.exitCode = await emulator(options)
    })
}
