import { statSync } from 'node:fs'
import { ENV_FILE_BYTES_MAX, parseEnvFile } from '../../agent/env-file.ts'
import { readRegularFile } from '../files/regular-file.ts'

/** Reads the variables from the `NAME=value` lines of a file. Throws if it cannot; the error names no value. */
export function readEnvFile(path: string): { readonly [name: string]: string } {
  const { size } = statSync(path)
  if (size > ENV_FILE_BYTES_MAX) throw new Error(`${path} has ${size} bytes; at most ${ENV_FILE_BYTES_MAX} are read`)
  const text = readRegularFile(path).toString('utf8')
  // No variable can hold a NUL, and starting a process would fail with a message that shows the value.
  if (text.includes('\0')) throw new Error(`${path} holds a NUL character: it has to be text in UTF-8`)
  return parseEnvFile(text.replace(/^\uFEFF/, '')).variables
}
