import { plural } from '../agent/plural.ts'
import { complain } from '../runner/complain.ts'
import { EXIT } from '../runner/exit-code.ts'
import { createFrames } from '../runner/printing/frames.ts'
import { formatFile } from '../runner/projects/format-files.ts'
import { yamlFiles } from '../runner/projects/yaml-files.ts'
import { nothingMatches } from './faults.ts'

export interface FmtOptions {
  readonly check?: boolean
}

/** Puts agent files into canonical form: 0 done, 1 would change or cannot be read as YAML, 2 nothing matched, 3 could not be written. */
export async function fmt(paths: readonly string[], { check = false }: FmtOptions): Promise<number> {
  const { files, unmatched, unreadable } = await yamlFiles(paths, { parts: true })
  for (const path of unmatched) complain(nothingMatches(path), EXIT.wrongUse)
  if (unmatched.length > 0) return EXIT.wrongUse
  const codes: number[] = unreadable.map((message) => complain(message, EXIT.notDone))
  let changed = 0
  let unknown = 0
  for (const file of files) {
    const formatted = await formatFile(file, { write: !check })
    if (formatted.status === 'failed') {
      unknown += 1
      codes.push(complain(formatted.message, EXIT.notDone))
    } else if (formatted.status === 'rejected') {
      const frames = createFrames(process.stderr)
      frames.keep(new Map([[file, formatted.source]]))
      for (const diagnostic of formatted.diagnostics) process.stderr.write(`${frames.frame(diagnostic)}\n\n`)
      unknown += 1
      codes.push(EXIT.no)
    } else if (formatted.isChanged) {
      changed += 1
      process.stdout.write(`${check ? 'would change' : 'formatted'} ${file}\n`)
      codes.push(check ? EXIT.no : EXIT.done)
    }
  }
  const parts = [
    ...(changed > 0 ? [`${changed} ${check ? 'would change' : 'formatted'}`] : unknown > 0 ? [] : ['all in order']),
    ...(unknown > 0 ? [`${unknown} left as ${unknown === 1 ? 'it is' : 'they are'}`] : []),
  ]
  process.stdout.write(`${plural(files.length, 'file')}, ${parts.join(', ')}\n`)
  return Math.max(EXIT.done, ...codes)
}
