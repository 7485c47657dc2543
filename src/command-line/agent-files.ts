import { type Command, Option } from 'commander'
import type { FmtOptions } from '../commands/fmt.ts'
import type { PlanOptions } from '../commands/plan.ts'
import type { ShowOptions } from '../commands/show.ts'
import type { ValidateOptions } from '../commands/validate.ts'
import { subcommand } from './subcommand.ts'

/** Written out here, so that --help need not load what prints them. */
const FORMATS: readonly NonNullable<ValidateOptions['format']>[] = [
  'codeframe',
  'line',
  'json',
  'github',
  'gitlab',
  'sarif',
  'junit',
]

export function addInit(program: Command): void {
  subcommand(
    program,
    'init',
    'write an agent that is ready to start, with a prompt, a tool and a CI file; overwrites nothing',
    { examples: ['runner init', 'runner init ../shop'], exits: '0 done, 3 a file or folder cannot be written' },
  )
    .argument('[folder]', 'where; it is made where it is not there', '.')
    .action(async (folder: string) => {
      const { init } = await import('../commands/init.ts')
      process.exitCode = await init(folder)
    })
}

export function addValidate(program: Command): void {
  subcommand(program, 'validate', 'check agent files; executes nothing, needs no key and no network', {
    examples: [
      'runner validate agents',
      'runner validate "agents/**/*.yaml" --fail-on warning',
      'runner validate agents --output report.sarif',
      'runner validate --explain RV101',
    ],
    exits:
      '0 no finding at --fail-on or above, 1 there is one, 2 wrong use or nothing matches, 3 a file cannot be read or written',
  })
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
      const { validate } = await import('../commands/validate.ts')
      process.exitCode = await validate(paths, options)
    })
}

export function addFmt(program: Command): void {
  subcommand(program, 'fmt', 'put agent files into their canonical order and spacing; comments stay', {
    examples: ['runner fmt agents', 'runner fmt agents --check'],
    exits:
      '0 done, 1 with --check a file would change, or one is no YAML, 2 wrong use or nothing matches, 3 a file cannot be read or written',
  })
    .argument('<path...>', 'agent files and their parts, folders, globs')
    .option('--check', 'write nothing; end with 1 where a file would change')
    .action(async (paths: string[], options: FmtOptions) => {
      const { fmt } = await import('../commands/fmt.ts')
      process.exitCode = await fmt(paths, options)
    })
}

export function addShow(program: Command): void {
  subcommand(program, 'show', 'print what an agent file comes to: parents joined, defaults filled in', {
    examples: ['runner show agents/support.yaml --origin', 'runner show agents/support.yaml --wire'],
    exits: '0 done, 1 the file has faults, 2 wrong use or no such file, 3 it cannot be read',
  })
    .argument('<agent.yaml>')
    .option('--origin', 'where each value comes from')
    .addOption(new Option('--wire', 'the session.update that the service is sent').conflicts('origin'))
    .action(async (file: string, options: ShowOptions) => {
      const { show } = await import('../commands/show.ts')
      process.exitCode = await show(file, options)
    })
}

export function addPlan(program: Command): void {
  subcommand(program, 'plan', 'what an edit changes, and when each change takes effect in a live conversation', {
    examples: [
      'runner plan agents/support.yaml',
      'runner plan agents/support.yaml --against git:main',
      'runner plan agents/support.yaml --against agents/old.yaml',
    ],
    exits:
      '0 done, 1 a file has faults, or with --detailed-exitcode something changes, 2 wrong use or no such file, 3 it cannot be read',
  })
    .argument('<agent.yaml>')
    .option('--against <what>', 'compare with git:<commit>, git:<commit>:<old name>, or another file', 'git:HEAD')
    .addOption(new Option('--format <format>', 'how it is printed').choices(['text', 'json']).default('text'))
    .option('--detailed-exitcode', 'end with 1 where something changes')
    .action(async (file: string, options: PlanOptions) => {
      const { plan } = await import('../commands/plan.ts')
      process.exitCode = await plan(file, options)
    })
}

export function addSchema(program: Command): void {
  subcommand(program, 'schema', 'print the JSON Schema of the agent file', {
    examples: ['runner schema > schemas/agent.schema.json'],
    exits: '0 done',
  }).action(async () => {
    const { schemaCommand } = await import('../commands/schema.ts')
    process.exitCode = schemaCommand()
  })
}
