import { EXIT } from '../runner/exit-code.ts'
import { openJournal } from '../runner/journals/journal-reader.ts'
import { transcriptLines, transcriptTitle } from '../runner/journals/transcript.ts'
import { printError } from '../runner/printing/print-error.ts'

/** Prints a journal as readable text: 0 done, 3 it could not be read. */
export async function transcript(path: string): Promise<number> {
  const journal = await openJournal(path)
  if (typeof journal === 'string') return printError(journal, EXIT.failed)
  process.stdout.write(`${transcriptTitle(journal.header)}\n`)
  for await (const text of transcriptLines(journal)) process.stdout.write(`${text}\n`)
  reportInvalidLines(path, journal.invalid)
  return EXIT.done
}

/** Reports invalid lines. A crash cuts off the last one; any other was written by somebody. */
export function reportInvalidLines(path: string, bad: readonly number[]): void {
  if (bad.length > 0)
    process.stderr.write(`runner: ${path}: left out what is no line of a journal: line ${bad.join(', ')}\n`)
}
