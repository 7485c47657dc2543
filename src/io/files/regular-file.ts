import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** Opens whatever is at a path without waiting for the writer of a named pipe. */
const READ_AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK

/** Reads a file whole. Throws for anything else that is at its path, such as a named pipe. */
export function readRegularFile(path: string): Buffer {
  const file = openSync(path, READ_AT_ONCE)
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path} is no regular file`)
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** The SHA-256 of a file, read piece by piece; null if there is none that can be read. */
export async function hashOfFile(path: string): Promise<string | null> {
  const file = await open(path, READ_AT_ONCE).catch(() => null)
  if (file === null) return null
  try {
    if (!(await file.stat()).isFile()) return null
    const hash = createHash('sha256')
    for await (const piece of file.createReadStream({ autoClose: false })) hash.update(piece)
    return hash.digest('hex')
  } catch {
    return null
  } finally {
    await file.close()
  }
}
