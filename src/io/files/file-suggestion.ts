import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { nearest } from '../../agent/nearest.ts'

/** A hint for a path where nothing exists: the nearest name in its folder, after a semicolon; empty if none is near. */
export function fileSuggestion(path: string): string {
  const named = path.replace(/\/+$/, '')
  const name = basename(named)
  const folder = named.slice(0, named.length - name.length)
  try {
    const others = readdirSync(folder || '.').filter((each) => each !== name)
    const [near] = nearest(name, others)
    return near === undefined ? '' : `; did you mean ${folder}${near}?`
  } catch {
    return ''
  }
}
