import type { Diagnostic } from '../agent/diagnostic.ts'
import { type FindingsReport, reportOf } from '../agent/findings.ts'
import { type Read, readAgent } from '../io/agent-file.ts'
import { createLookNow } from '../io/look-now.ts'
import { createMemory } from '../io/memory.ts'
import { VERSION } from './version.ts'
import { yamlFiles } from './yaml-files.ts'

/** What a validation found. */
export interface Findings {
  readonly report: FindingsReport
  /** Text of each file that a finding may point into, by the name it uses. */
  readonly sources: ReadonlyMap<string, string>
  /** Paths that name nothing. */
  readonly unmatched: readonly string[]
  /** Files that could not be read, each with the reason. */
  readonly unreadable: readonly string[]
}

/** Checks the agent files that paths, folders and globs name. Executes nothing. */
export async function validatePaths(paths: readonly string[]): Promise<Findings> {
  const { files, unmatched } = await yamlFiles(paths, { parts: false })
  const kept = keep()
  const [look, memory] = [createLookNow(), createMemory()]
  for (const file of files) kept.add(await readAgent({ file, purpose: 'validate', look, memory }))
  return { ...kept.findings(files), unmatched }
}

/** Checks what an editor holds, as though it stood in a file of that name. */
export async function validateUnsaved(file: string, content: Uint8Array): Promise<Findings> {
  const kept = keep()
  kept.add(await readAgent({ file, purpose: 'validate', content, look: createLookNow() }))
  return { ...kept.findings([file]), unmatched: [] }
}

/** Gathers what was found. The text of a file is kept only where something points into it. */
function keep() {
  const diagnostics: Diagnostic[] = []
  const sources = new Map<string, string>()
  const unreadable: string[] = []
  return {
    add(read: Read): void {
      if ('message' in read) {
        unreadable.push(read.message)
        return
      }
      diagnostics.push(...read.diagnostics)
      for (const { file } of read.diagnostics) sources.set(file, read.sources.get(file) ?? '')
    },
    findings: (files: readonly string[]) => {
      return { report: reportOf({ runner: VERSION, files, diagnostics }), sources, unreadable }
    },
  }
}
