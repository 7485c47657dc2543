import { basename, relative, resolve } from 'node:path'
import { otherAgentKeyFaults } from '../agent/checks/edit-faults.ts'
import { isPartName } from '../agent/composition/part-name.ts'
import type { Diagnostic } from '../agent/findings/diagnostic.ts'
import type { LoadPurpose } from '../agent/load-request.ts'
import { type LoadedAgent, readAgent } from '../io/agent-file.ts'
import { fileSuggestion } from '../io/files/file-suggestion.ts'
import { EXIT } from './exit-code.ts'
import { createFrames, type Frames } from './printing/frames.ts'
import { printError } from './printing/print-error.ts'

/** Loads an agent file for a command that starts nothing, and prints its faults on standard error. A number is the exit code. */
export async function loadAgentToShow(file: string): Promise<LoadedAgent | number> {
  const loaded = await loadUsableAgent(file, 'show')
  if (typeof loaded !== 'number') printFaults(loaded)
  return loaded
}

/** Like `loadAgentToShow`, but for a command about a part of the file: it leaves the findings of a usable file to the command. */
export async function loadUsableAgent(file: string, purpose: LoadPurpose): Promise<LoadedAgent | number> {
  const read = await readAgent({ file, purpose })
  if ('message' in read) return printUnread(file, read)
  if (read.status === 'loaded') return read
  printFaults(read)
  return EXIT.negative
}

/** Without the parts that a shell's `agents/*.yaml` names as well, which it prints. Where nothing but parts is named, they are meant. */
export function agentsAmong(files: readonly string[]): readonly string[] {
  const parts = files.filter(isPart)
  if (parts.length === 0 || parts.length === files.length) return files
  printError(`not started, since names that begin with _ are parts of agents: ${parts.join(', ')}`, EXIT.done)
  return files.filter((file) => !isPart(file))
}

/** Names above the current folder do not matter. */
function isPart(file: string): boolean {
  const path = relative(process.cwd(), resolve(file))
  return isPartName(path.startsWith('..') ? basename(path) : path)
}

/** Loads the agents of one process, and prints their faults on standard error, those of a shared file once. A number is the exit code. */
export async function loadAgents(files: readonly string[], frames: Frames): Promise<readonly LoadedAgent[] | number> {
  const loaded: LoadedAgent[] = []
  const codes: number[] = []
  const printed = new Set<string>()
  const isNew = (diagnostic: Diagnostic) => {
    const before = printed.size
    return printed.add(JSON.stringify(diagnostic)).size > before
  }
  for (const file of files) {
    const read = await readAgent({ file, purpose: 'start' })
    if ('message' in read) {
      codes.push(printUnread(file, read))
      continue
    }
    printFaults({ ...read, diagnostics: read.diagnostics.filter(isNew) }, frames)
    if (read.status === 'rejected') codes.push(EXIT.negative)
    else if (loaded.some(({ agent }) => resolve(agent.file) === resolve(read.agent.file))) {
      codes.push(printError(`${file} is named twice; name each agent file once`, EXIT.usageError))
    } else if (loaded.some(({ agent }) => agent.name === read.agent.name)) {
      codes.push(
        printError(
          `${file}: another agent is called "${read.agent.name}" as well; give each a name of its own`,
          EXIT.negative,
        ),
      )
    } else loaded.push(read)
  }
  const keys = loaded.map(({ agent }) => agent.connection.api_key_env)
  for (const { agent, sources } of loaded) {
    const diagnostics = otherAgentKeyFaults(agent, keys)
    if (diagnostics.length === 0) continue
    printFaults({ diagnostics, sources }, frames)
    codes.push(EXIT.negative)
  }
  return codes.length > 0 ? Math.max(...codes) : loaded
}

/** Prints why a file was not read. Returns the exit code. */
function printUnread(file: string, { status, message }: { readonly status: string; readonly message: string }): number {
  if (status !== 'missing') return printError(message, EXIT.failed)
  return printError(`${message}${fileSuggestion(file)}`, EXIT.usageError)
}

/** Prints errors and warnings; notes are for `validate`. */
export function printFaults(
  { diagnostics, sources }: Pick<LoadedAgent, 'diagnostics' | 'sources'>,
  frames: Frames = createFrames(process.stderr),
): void {
  frames.addSources(sources)
  const shown = diagnostics.filter(({ level }) => level !== 'note')
  for (const diagnostic of shown) process.stderr.write(`${frames.frame(diagnostic)}\n\n`)
}
