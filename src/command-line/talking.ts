import { type Command, Option } from 'commander'
import type { EmulatorCommandOptions } from '../commands/emulator.ts'
import type { StartOptions } from '../commands/start.ts'
import type { ToolRunOptions } from '../commands/tool.ts'
import { collect, readPort, readSeconds, readSettle } from './option-values.ts'
import { subcommand } from './subcommand.ts'

const FAULT_HELP =
  'what goes wrong on order, such as refuse=429:2 or close=40; may be given several times (docs/emulator.md)'
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

export function addStart(program: Command): void {
  subcommand(program, 'start', 'talk to an agent: at a terminal, through a pipe, or as a program')
    .argument('[agent.yaml...]', 'agent files; agents/support.yaml where none is named')
    .addOption(
      new Option('--offline', 'the built-in emulator answers, even with a key').conflicts(['online', 'baseUrl']),
    )
    .option('--fault <name>', `with the emulator: ${FAULT_HELP}`, collect)
    .option('--online', 'the service answers or nobody: never the emulator')
    .option('--base-url <url>', 'another address of the service (also INWORLD_BASE_URL)')
    .option(
      '--say <text>',
      'a turn of the caller; may be given several times; ends with 1 where a tool did not work',
      collect,
    )
    .option('--jsonl', 'JSON lines in and out, for programs')
    .option('--no-main', 'no conversation is open until a line of --jsonl, or a page, opens one')
    .option('--with-audio', "the agent's sound among the JSON lines")
    .option('--audio-in <file.wav>', "a WAV file as the caller's microphone, in real time")
    .option('--audio-out <file.wav>', 'record what the agent says')
    .option('--mic', "talk through the system's microphone and loudspeaker")
    .option('--headphones', 'with --mic: the caller is heard while the agent speaks, and may interrupt it')
    .option('--journal <folder>', 'write each conversation down in a file of its own')
    .option('--metrics-port <number>', 'serve figures in the text that Prometheus reads, under /metrics', readPort)
    .option('--metrics-host <address>', 'where they are served; 127.0.0.1 where left out')
    .option('--page', 'serve the page also where no person sits at the terminal')
    .option('--no-page', 'serve no page')
    .option(
      '--port <number>',
      'where the page is served, or at the next port that is free; 7070 where left out',
      readPort,
    )
    .option('--host <address>', 'the address that it listens on: 127.0.0.1 where left out; any other demands --token')
    .option('--token <secret>', 'what a page must know to talk: at least 12 characters')
    .option(
      '--settle <ms>',
      'how long a save must stay the same before it is taken; 200 where left out, 0 for editors that rename',
      readSettle,
    )
    .addOption(
      new Option(
        '--log-level <level>',
        'how much is logged on standard error; warn where left out, or error at a terminal',
      ).choices(LOG_LEVELS),
    )
    .action(async (files: string[], options: StartOptions) => {
      const { start } = await import('../commands/start.ts')
      process.exitCode = await start(files, options)
    })
}

export function addTool(program: Command): void {
  const tool = subcommand(program, 'tool', 'list, check and try the tools of an agent file').helpCommand(false)
  subcommand(tool, 'list', 'the tools as the model is offered them; starts mcp servers, and runs no tool')
    .argument('<agent.yaml>')
    .action(async (file: string) => {
      const { toolList } = await import('../commands/tool.ts')
      process.exitCode = await toolList(file)
    })
  subcommand(tool, 'run', 'run one tool as a conversation would, and print what the model would get')
    .argument('<agent.yaml>')
    .argument('[tool]', 'its name; they are told where it is left out')
    .option('--args <json>', "the model's arguments", '{}')
    .option('--trace', 'each step on standard error: stdin, variables, output, exit, time, signals')
    .action(async (file: string, name: string | undefined, options: ToolRunOptions) => {
      const { toolRun } = await import('../commands/tool.ts')
      process.exitCode = await toolRun(file, name, options)
    })
  subcommand(tool, 'check', 'check the file and the scripts it names; executes nothing')
    .argument('<agent.yaml>')
    .action(async (file: string) => {
      const { toolCheck } = await import('../commands/tool.ts')
      process.exitCode = await toolCheck(file)
    })
}

export function addEmulator(program: Command): void {
  subcommand(program, 'emulator', "run the service's local stand-in")
    .option('--port <number>', 'where it listens on 127.0.0.1; any free port where left out', readPort)
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
