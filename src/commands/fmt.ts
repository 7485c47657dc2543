import { plural } from '../agent/plural.ts'
import { EXIT } from '../runner/exit-code.ts'
import { createFrames } from '../runner/printing/frames.ts'
import { printError } from '../runner/printing/print-error.ts'
import { formatFile } from '../runner/projects/format-files.ts'
import { yamlFiles } from '../runner/projects/yaml-files.ts'
import { noMatchMessage } from './errors.ts'

export interface FmtOptions {
  readonly check?: boolean
}

/** Puts agent files into canonical form: 0 done, 1 would change or cannot be read as YAML, 2 nothing matched, 3 could not be written. */
export async function fmt(paths: readonly string[], { check = false }: FmtOptions): Promise<number> {
  const { files, unmatched, unreadable } = await yamlFiles(paths, { parts: true })
  for (const path of unmatched) printError(noMatchMessage(path), EXIT.usageError)
  if (unmatched.length > 0) return EXIT.usageError
  const codes: number[] = unreadable.map((message) => printError(message, EXIT.failed))
  let changed = 0
  let unknown = 0
  for (const file of files) {
    const formatted = await formatFile(file, { write: !check })
    if (formatted.status === 'failed') {
      unknown += 1
      codes.push(printError(formatted.message, EXIT.failed))
    } else if (formatted.status === 'rejected') {
      const frames = createFrames(process.stderr)
      frames.addSources(new Map([[file, formatted.source]]))
      for (const diagnostic of formatted.diagnostics) process.stderr.write(`${frames.frame(diagnostic)}\n\n`)
      unknown += 1
      codes.push(EXIT.negative)
    } else if (formatted.isChanged) {
      changed += 1
      process.stdout.write(`${check ? 'would change' : 'formatted'} ${file}\n`)
      codes.push(check ? EXIT.negative : EXIT.done)
    }
  }
  const parts = [
    ...(changed > 0 ? [`${changed} ${check ? 'would change' : 'formatted'}`] : unknown > 0 ? [] : ['all in order']),
    ...(unknown > 0 ? [`${unknown} left as ${unknown === 1 ? 'it is' : 'they are'}`] : []),
  ]
  process.stdout.write(`${plural(files.length, 'file')}, ${parts.join(', ')}\n`)
  return Math.max(EXIT.done, ...codes)
}
