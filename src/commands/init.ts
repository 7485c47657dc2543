import { join } from 'node:path'
import schema from '../../schemas/agent.schema.json' with { type: 'json' }
import { quoteForShell } from '../agent/printing/quote-for-shell.ts'
import { EXIT } from '../runner/exit-code.ts'
import { printError } from '../runner/printing/print-error.ts'
import { initFiles } from '../runner/projects/init-files.ts'
import { initProject, pathInRepository } from '../runner/projects/init-project.ts'

/** Writes an agent that is ready to start, with a prompt, a tool, the schema for editors and a CI file. Returns the exit code. */
export async function init(folder: string): Promise<number> {
  const files = initFiles(`${JSON.stringify(schema, null, 2)}\n`, pathInRepository(folder))
  const done = await initProject(folder, files)
  if ('message' in done) return printError(done.message, EXIT.failed)
  for (const path of done.written) process.stdout.write(`wrote ${join(folder, path)}\n`)
  for (const path of done.existing) process.stdout.write(`kept  ${join(folder, path)}, which was there already\n`)
  // Run from here, not from the new folder: there npx would look for a runner of its own, and ask the registry for one.
  const start = process.env.npm_command === 'exec' ? 'npx runner start' : 'runner start'
  const file = join(folder, 'agents/support.yaml')
  process.stdout.write(`\nNext: ${start} ${quoteForShell(file)}. Edit that file while you talk.\n`)
  return EXIT.done
}
