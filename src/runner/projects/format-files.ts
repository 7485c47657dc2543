import { readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Tidied, tidyFile } from '../../agent/printing/tidy.ts'

/** What became of one file. */
type Formatted = Exclude<Tidied, { status: 'unsafe' }> | { readonly status: 'failed'; readonly message: string }

/** Puts one file into its canonical form, and writes it unless it is only looked at. */
export async function formatFile(file: string, { write }: { readonly write: boolean }): Promise<Formatted> {
  try {
    const tidied = tidyFile(file, await readFile(file))
    if (tidied.status === 'unsafe') {
      const message = `${file} would come to mean something else, so it stays as it is; this is a fault of runner`
      return { status: 'failed', message }
    }
    if (write && tidied.status === 'tidied' && tidied.isChanged) await replace(file, tidied.text)
    return tidied
  } catch (error) {
    return { status: 'failed', message: `${file}: ${(error as Error).message}` }
  }
}

/** Whoever reads the file meanwhile sees the old text or the new one; a link stays a link, and rights stay as they are. */
async function replace(file: string, text: string): Promise<void> {
  const place = await realpath(file)
  const { mode } = await stat(place)
  const beside = join(dirname(place), `.${process.pid}.fmt`)
  await writeFile(beside, text, { mode, flag: 'wx' })
  await rename(beside, place)
}
