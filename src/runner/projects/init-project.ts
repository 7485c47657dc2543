import { existsSync, statSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { makeFolder } from '../../io/storage/make-folder.ts'
import type { InitFile } from './init-files.ts'

/** What became of the files of a new project. */
interface InitResult {
  readonly written: readonly string[]
  /** Files that existed already, left untouched. */
  readonly existing: readonly string[]
}

/** Writes the files of a new project, overwriting none. Stops at the first one that cannot be written, with the reason. */
export async function initProject(
  folder: string,
  files: readonly InitFile[],
): Promise<InitResult | { readonly message: string }> {
  const written: string[] = []
  const existing: string[] = []
  for (const { path, text, isScript = false } of files) {
    const target = join(folder, path)
    const fault = folderFault(dirname(target))
    if (fault !== null) return { message: `${dirname(target)} could not be made: ${fault}` }
    try {
      await writeFile(target, text, { flag: 'wx', mode: isScript ? 0o755 : 0o644 })
      written.push(path)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const isFolder = code === 'EEXIST' && statSync(target, { throwIfNoEntry: false })?.isDirectory()
      const reason = isFolder ? 'a folder is in its place' : message
      // A part of a file, as a full disk leaves it, would be kept by the next run.
      if (code !== 'EEXIST') await rm(target, { force: true }).catch(() => {})
      if (code !== 'EEXIST' || isFolder) return { message: `${target} could not be written: ${reason}` }
      existing.push(path)
    }
  }
  return { written, existing }
}

/** The path of a folder from the top of its git repository; empty if it is the top, or in none. */
export function pathInRepository(folder: string): readonly string[] {
  const whole = resolve(folder)
  for (let top = whole; ; top = dirname(top)) {
    if (existsSync(join(top, '.git'))) return relative(top, whole).split(sep).filter(Boolean)
    if (top === dirname(top)) return []
  }
}

/** Makes a folder; returns what is in the way, or null. */
function folderFault(folder: string): string | null {
  try {
    makeFolder(folder)
    return null
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'EEXIST' || code === 'ENOTDIR' ? 'a file is in its place' : message
  }
}
