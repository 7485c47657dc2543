import { effectiveSettings, originOf } from '../agent/printing/effective-settings.ts'
import { printYaml } from '../agent/printing/print-yaml.ts'
import { restoreReferences } from '../agent/printing/restore-references.ts'
import { EXIT } from '../runner/exit-code.ts'
import { loadAgentToShow } from '../runner/load-agent.ts'
import { compileSession } from '../session/settings/compile.ts'

export interface ShowOptions {
  readonly origin?: boolean
  readonly wire?: boolean
}

/** Prints the effective settings of an agent file: as one file, or as sent to the service. Executes nothing. Returns the exit code. */
export async function show(file: string, { origin = false, wire = false }: ShowOptions): Promise<number> {
  const loaded = await loadAgentToShow(file)
  if (typeof loaded === 'number') return loaded
  const { agent, written } = loaded
  const note = origin ? (path: Parameters<typeof originOf>[1]) => originOf(agent, path) : undefined
  const text = wire
    ? `${JSON.stringify({ type: 'session.update', session: compileSession(restoreReferences(agent)) }, null, 2)}\n`
    : printYaml(effectiveSettings(agent, written), note)
  process.stdout.write(text)
  return EXIT.done
}
