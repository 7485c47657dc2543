import { writeSync } from 'node:fs'

/**
 * Appends lines to an open file, each handed to the system before it returns, so that a killed process loses nothing already written.
 * Throws if that fails; a line cut short, as by a full disk, is ended before the next one begins. `wasCut`: the file's last line is cut.
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
