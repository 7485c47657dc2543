import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** On Linux, the words that make a tool die with a killed runner: util-linux's `setpriv`, where it is (busybox's cannot). */
export function launchPrefix(path: string): readonly string[] {
  if (process.platform !== 'linux') return []
  const folders = path.split(delimiter).filter(isAbsolute)
  const found = folders.map((folder) => join(folder, 'setpriv')).find(isExecutable)
  if (found === undefined) return []
  const words = ['--pdeathsig', 'KILL', '--no-new-privs', '--']
  const probe = spawnSync(found, [...words, found, '--version'], { stdio: 'ignore' })
  return probe.status === 0 ? [found, ...words] : []
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
