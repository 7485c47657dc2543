import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { nearest } from '../../agent/nearest.ts'

/** A hint for a path where nothing exists: the nearest name in its folder, after a semicolon; empty if none is near. */
export function fileSuggestion(path: string): string {
  const trimmed = path.replace(/\/+$/, '')
  const name = basename(trimmed)
  const folder = trimmed.slice(0, trimmed.length - name.length)
  try {
    const siblings = readdirSync(folder || '.').filter((sibling) => sibling !== name)
    const [suggestion] = nearest(name, siblings)
    return suggestion === undefined ? '' : `; did you mean ${folder}${suggestion}?`
  } catch {
    return ''
  }
}
