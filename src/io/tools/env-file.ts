import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'

/** Largest file of variables that is read, in bytes. */
const BYTES_MAX = 65_536

/** The variables of a file of `NAME=value` lines, as it stands now. Throws where it cannot be read; the error names no value. */
export function readEnvFile(path: string): { readonly [name: string]: string } {
  const { size } = statSync(path)
  if (size > BYTES_MAX) throw new Error(`${path} has ${size} bytes; at most ${BYTES_MAX} are read`)
  const text = readFileSync(path, 'utf8')
  // No variable can hold one, and what starts processes would say so in a message that shows the value.
  if (text.includes('\0')) throw new Error(`${path} holds a NUL character: it has to be text in UTF-8`)
  const entries = Object.entries(parseEnv(text.replace(/^\uFEFF/, '')))
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (isName(name) && value !== undefined ? [[name, value]] : [])),
  )
}

function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}
