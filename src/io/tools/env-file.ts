import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'

/** Largest file of variables that is read, in bytes. */
const BYTES_MAX = 65_536

/** The variables of a file of `NAME=value` lines, as it stands now. Throws where it cannot be read; the error names no value. */
export function readEnvFile(path: string): { readonly [name: string]: string } {
  const { size } = statSync(path)
  if (size > BYTES_MAX) throw new Error(`${path} has ${size} bytes; at most ${BYTES_MAX} are read`)
  const entries = Object.entries(parseEnv(readFileSync(path, 'utf8')))
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (isName(name) && value !== undefined ? [[name, value]] : [])),
  )
}

function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}
