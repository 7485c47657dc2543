import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileErrorMessage } from '../../agent/file-error-message.ts'
import { type FormatResult, formatSource } from '../../agent/printing/formatter.ts'

/** What became of one file. */
type Formatted = Exclude<FormatResult, { status: 'unsafe' }> | { readonly status: 'failed'; readonly message: string }

/** Puts one file into canonical form; writes it if `write` is set. */
export async function formatFile(file: string, { write }: { readonly write: boolean }): Promise<Formatted> {
  const content = await readRegularFile(file).catch(failureOf(`${file}: cannot be read`))
  if ('message' in content) return content
  const formatted = formatSource(file, content)
  if (formatted.status === 'unsafe') {
    const message = `${file} would come to mean something else, so it stays as it is; this is a fault of runner`
    return { status: 'failed', message }
  }
  if (!write || formatted.status !== 'formatted' || !formatted.isChanged) return formatted
  const failed = await replace(file, formatted.text).catch(failureOf(`${file}: cannot be written`))
  return failed ?? formatted
}

/** A named pipe would make the read wait for a writer. */
async function readRegularFile(file: string): Promise<Buffer | Extract<Formatted, { status: 'failed' }>> {
  const status = await stat(file)
  return status.isFile() ? readFile(file) : { status: 'failed', message: `${file} is no regular file` }
}

function failureOf(what: string): (error: unknown) => Extract<Formatted, { status: 'failed' }> {
  return (error) => ({ status: 'failed', message: `${what}: ${fileErrorMessage(error)}` })
}

/** Replaces a file atomically: readers see the old text or the new one. A link stays a link, and the mode is kept. */
async function replace(file: string, text: string): Promise<void> {
  const target = await realpath(file)
  const { mode } = await stat(target)
  const temporary = join(dirname(target), `.${process.pid}.fmt`)
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' })
    await rename(temporary, target)
  } catch (error) {
    // An existing file of that name is not ours to remove.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}
