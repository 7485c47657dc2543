import { type Command, Option } from 'commander'
import type { EmulatorCommandOptions } from '../commands/emulator.ts'
import type { StartOptions } from '../commands/start.ts'
import type { ToolRunOptions } from '../commands/tool.ts'
import { collect, parsePort, parseSeconds, parseSettle } from './option-values.ts'
import { subcommand } from './subcommand.ts'

const FAULT_HELP = 'simulate a failure, such as refuse=429:2 or close=40; repeatable (docs/emulator.md)'
const FILE_EXITS = '1 the file has faults, 2 wrong usage or no such file, 3 it cannot be read'
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

export function addStart(program: Command): void {
  subcommand(program, 'start', 'run an agent: at a terminal, in a browser, through a pipe, or for a program', {
    examples: [
      'runner start agents/support.yaml',
      'runner start agents/support.yaml --offline --say "where is order A-1042?"',
      'RUNNER_TOKEN=… runner start agents/*.yaml --page --no-main --host 0.0.0.0',
    ],
    exits:
      '0 done, 1 a file has faults, or a tool or an answer failed in a --say run, 2 wrong usage, 3 could not do the job, 4 no key, or the service is unreachable or refuses, 130 and 143 ended by SIGINT or SIGTERM before everything was said, or by the second signal',
  })
    .argument('[agent.yaml...]', 'agent files (default: agents/support.yaml)')
    .optionsGroup('Who answers:')
    .addOption(
      new Option('--offline', 'use the built-in emulator, even with a key or INWORLD_BASE_URL').conflicts([
        'online',
        'baseUrl',
      ]),
    )
    .option('--online', 'use the service, never the emulator')
    .option('--base-url <url>', 'address of the service (also INWORLD_BASE_URL)')
    .option('--fault <name>', `with the emulator: ${FAULT_HELP}`, collect)
    .option('--accept-any-model', 'with the emulator: accept any model or voice, also one that it does not know')
    .optionsGroup('Input and output:')
    .option(
      '--say <text>',
      'say this as the caller; repeatable; exits with 1 if a tool or an answer failed, or it was not said',
      collect,
    )
    .option('--mic', "talk through the system's microphone and loudspeaker")
    .option('--headphones', 'with --mic: the agent hears you while it speaks, so you can interrupt it')
    .option('--audio-in <file.wav>', "play a WAV file as the caller's microphone, in real time")
    .option('--audio-out <file.wav>', 'record what the agent says')
    .option('--jsonl', 'JSON lines in and out, for programs')
    .option('--with-audio', "with --jsonl: include the agent's sound")
    .option('--no-main', 'open no conversation until a --jsonl line or a page does')
    .optionsGroup('The page:')
    .option('--page', 'serve the page even without a terminal, or with --say or --jsonl')
    .option('--no-page', 'do not serve the page')
    .option('--port <number>', 'serve the page at this port, or the next free one (default: 7070)', parsePort)
    .option('--host <address>', 'listen on this address (default: 127.0.0.1); any other requires a token')
    .option(
      '--token <secret>',
      'secret that a page needs to connect, at least 12 characters (also RUNNER_TOKEN, which other users of the machine do not see)',
    )
    .optionsGroup('Records and logs:')
    .option('--journal <folder>', 'write each conversation to a file of its own')
    .option('--metrics-port <number>', 'serve metrics for Prometheus, under /metrics', parsePort)
    .option('--metrics-host <address>', 'serve the metrics at this address (default: 127.0.0.1)')
    .addOption(
      new Option(
        '--log-level <level>',
        'how much to log on standard error (default: warn, or error if you talk at the terminal)',
      ).choices(LOG_LEVELS),
    )
    .optionsGroup('Options:')
    .option(
      '--settle <ms>',
      'how long a save must stay unchanged before it is used (default: 200); 0 for editors that rename',
      parseSettle,
    )
    .action(async (files: string[], options: StartOptions) => {
      const { start } = await import('../commands/start.ts')
      process.exitCode = await start(files, options)
    })
}

export function addTool(program: Command): void {
  const tool = subcommand(program, 'tool', 'list, check and try the tools of an agent file').helpCommand(false)
  subcommand(tool, 'list', 'list the tools as the model sees them; starts MCP servers, runs no tool', {
    examples: ['runner tool list agents/support.yaml'],
    exits: `0 done, ${FILE_EXITS}, or an MCP server is missing`,
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
    exits: `0 the tool worked, 1 it did not, or the file has faults, 2 wrong usage or no such file or tool, 3 the file cannot be read, or an MCP server is missing`,
  })
    .argument('<agent.yaml>', 'the file that declares the tool')
    .argument('[tool]', 'its name; leave it out to list the names')
    .option('--args <json>', 'its arguments, as the model gives them', '{}')
    .option('--trace', 'show each step on standard error: stdin, variables, output, exit code, time, signals')
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
  subcommand(program, 'emulator', 'run a local stand-in for the service, and print its address', {
    examples: [
      'runner emulator --port 7080',
      'INWORLD_API_KEY=any runner start agents/support.yaml --base-url ws://127.0.0.1:7080/api/v1/realtime/session',
    ],
    exits: '0 ended by a signal, 2 wrong usage, 4 the port is taken',
  })
    .option('--port <number>', 'port on 127.0.0.1 (default: any free one)', parsePort)
    .option('--captions <file>', 'the transcripts of spoken turns, one per line')
    .addOption(
      new Option('--voice <voice>', 'how it sounds (default: espeak-ng if installed, else a hum)').choices([
        'espeak',
        'hum',
      ]),
    )
    .option('--expires-after <seconds>', 'end each session after this long', parseSeconds)
    .option('--fault <name>', FAULT_HELP, collect)
    .option('--accept-any-model', 'accept any model, voice or address, for other clients')
    .action(async (options: EmulatorCommandOptions) => {
      const { emulator } = await import('../commands/emulator.ts')
      process.exitCode = await emulator(options)
    })
}
