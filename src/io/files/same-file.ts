import { statSync } from 'node:fs'
import { resolve } from 'node:path'

/** Whether both paths lead to the same file, by whatever name or link. If one cannot be looked at, only equal paths do. */
export function isSameFile(one: string, other: string): boolean {
  if (resolve(one) === resolve(other)) return true
  try {
    const [here, there] = [statSync(one), statSync(other)]
    return here.dev === there.dev && here.ino === there.ino
  } catch {
    return false
  }
}
