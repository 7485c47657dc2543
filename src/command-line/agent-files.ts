import { type Command, Option } from 'commander'
import type { FmtOptions } from '../commands/fmt.ts'
import type { PlanOptions } from '../commands/plan.ts'
import type { ShowOptions } from '../commands/show.ts'
import type { ValidateOptions } from '../commands/validate.ts'
import { subcommand } from './subcommand.ts'

/** Listed here, so that --help need not load what prints them. */
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
    'create an agent that is ready to start, with a prompt, a tool and a CI file; overwrites nothing',
    { examples: ['runner init', 'runner init ../shop'], exits: '0 done, 3 a file or folder cannot be written' },
  )
    .argument('[folder]', 'where to create it; made if it does not exist', '.')
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
      '0 no finding at --fail-on or above, 1 at least one, 2 wrong usage or nothing matches, 3 a file cannot be read or written',
  })
    .argument('[path...]', 'agent files, folders, globs')
    .addOption(
      new Option('--format <format>', 'output format (default: codeframe, or github under GitHub Actions)').choices(
        FORMATS,
      ),
    )
    .addOption(
      new Option('--fail-on <level>', 'exit with 1 on findings of this level or above')
        .choices(['error', 'warning', 'note'])
        .default('error'),
    )
    .option(
      '--output <file>',
      'write findings to a file, in --format or as its name says (.json, .sarif, .xml); still shown on standard error',
    )
    .option('--explain <rule>', 'explain a rule, with a wrong and a right example: --explain RV101')
    .option('--no-cache', 'check every file, even if unchanged since the last run (cached from 50 files on)')
    .option('--stdin', 'check the text on standard input, for editors')
    .option('--stdin-filename <file>', 'with --stdin: the file that the text belongs to')
    .action(async (paths: string[], options: ValidateOptions) => {
      const { validate } = await import('../commands/validate.ts')
      process.exitCode = await validate(paths, options)
    })
}

export function addFmt(program: Command): void {
  subcommand(program, 'fmt', 'put agent files into canonical order and spacing, keeping comments', {
    examples: ['runner fmt agents', 'runner fmt agents --check'],
    exits:
      '0 done, 1 with --check a file would change, or a file is not YAML, 2 wrong usage or nothing matches, 3 a file cannot be read or written',
  })
    .argument('<path...>', 'agent files and parts, folders, globs')
    .option('--check', 'write nothing; exit with 1 if a file would change')
    .action(async (paths: string[], options: FmtOptions) => {
      const { fmt } = await import('../commands/fmt.ts')
      process.exitCode = await fmt(paths, options)
    })
}

export function addShow(program: Command): void {
  subcommand(program, 'show', 'print the effective settings of an agent file: parents merged, defaults filled in', {
    examples: ['runner show agents/support.yaml --origin', 'runner show agents/support.yaml --wire'],
    exits: '0 done, 1 the file has faults, 2 wrong usage or no such file, 3 it cannot be read',
  })
    .argument('<agent.yaml>')
    .option('--origin', 'show where each value comes from')
    .addOption(new Option('--wire', 'print the session.update that is sent to the service').conflicts('origin'))
    .action(async (file: string, options: ShowOptions) => {
      const { show } = await import('../commands/show.ts')
      process.exitCode = await show(file, options)
    })
}

export function addPlan(program: Command): void {
  subcommand(program, 'plan', 'show what an edit changes, and when each change takes effect in a live conversation', {
    examples: [
      'runner plan agents/support.yaml',
      'runner plan agents/support.yaml --against git:main',
      'runner plan agents/support.yaml --against agents/old.yaml',
    ],
    exits:
      '0 done, 1 a file has faults, or something changes with --detailed-exitcode, 2 wrong usage or no such file, 3 it cannot be read',
  })
    .argument('<agent.yaml>')
    .option('--against <what>', 'compare with git:<commit>, git:<commit>:<old name>, or another file', 'git:HEAD')
    .addOption(new Option('--format <format>', 'output format').choices(['text', 'json']).default('text'))
    .option('--detailed-exitcode', 'exit with 1 if something changes')
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
