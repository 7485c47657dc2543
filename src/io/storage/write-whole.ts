import { renameSync, rmSync, writeFileSync } from 'node:fs'

/**
 * Replaces a file, so that its readers see the old text or the new one, and a full disk leaves no part of it. `temporary` is where it is
 * written first. Throws if it cannot.
 */
export function writeWhole(
  path: string,
  text: string,
  {
    mode = 0o600,
    temporary = `${path}.${process.pid}.new`,
  }: { readonly mode?: number; readonly temporary?: string } = {},
): void {
  try {
    // What a killed process of the same number left would be in the way; a link put there would not be followed.
    rmSync(temporary, { force: true })
    writeFileSync(temporary, text, { mode, flag: 'wx' })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
