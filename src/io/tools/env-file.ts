import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'

/** The largest file of variables read, in bytes. */
const BYTES_MAX = 65_536

/** Reads the variables from the `NAME=value` lines of a file. Throws if it cannot; the error names no value. */
export function readEnvFile(path: string): { readonly [name: string]: string } {
  const { size } = statSync(path)
  if (size > BYTES_MAX) throw new Error(`${path} has ${size} bytes; at most ${BYTES_MAX} are read`)
  const text = readFileSync(path, 'utf8')
  // No variable can hold a NUL, and starting a process would fail with a message that shows the value.
  if (text.includes('\0')) throw new Error(`${path} holds a NUL character: it has to be text in UTF-8`)
  const entries = Object.entries(parseEnv(text.replace(/^\uFEFF/, '')))
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (isName(name) && value !== undefined ? [[name, value]] : [])),
  )
}

function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}
