import { writeSync } from 'node:fs'

/**
 * Adds lines to a file that is open, each handed to the system before it returns, so that a process which is killed loses nothing written
 * before. Throws where that fails; a line that was cut, as by a full disk, is ended before the next one begins. `wasCut`: the last one in the file is.
 */
export function createLineWriter(file: number, wasCut = false): (line: object) => void {
  let isCut = wasCut
  return (line) => {
    const bytes = Buffer.from(`${isCut ? '\n' : ''}${JSON.stringify(line)}\n`)
    let written = 0
    try {
      while (written < bytes.byteLength) written += writeSync(file, bytes, written)
      isCut = false
    } catch (error) {
      isCut ||= written > 0
      throw error
    }
  }
}
