import type { Level } from './findings/diagnostic.ts'
import { PAGE_TOKEN } from './runner-secrets.ts'

/** What a file of `NAME=value` lines sets, and what else stands there. */
interface EnvFile {
  readonly variables: { readonly [name: string]: string }
  readonly faults: readonly EnvFault[]
}

/** A line that sets no variable, or not what it seems to. Tells nothing of what stands there, which may be a secret. */
interface EnvFault extends Problem {
  readonly line: number
  /** Where the line begins. */
  readonly offset: number
}

interface Problem {
  readonly message: string
  readonly help: string
  readonly level?: Level
}

/** The largest such file that is read, in bytes. */
export const ENV_FILE_BYTES_MAX = 65_536

/** What is wrong in such a file; an error where no tool starts with it. One that is too large may be cut. */
export function envFileFaults(bytes: Uint8Array): readonly EnvFault[] {
  const unusable = (message: string, help: string) => [{ line: 1, offset: 0, message, help, level: 'error' }] as const
  if (bytes.byteLength > ENV_FILE_BYTES_MAX)
    return unusable(
      `the file has more than ${ENV_FILE_BYTES_MAX} bytes`,
      'Name one that holds only what the tool needs.',
    )
  const text = new TextDecoder().decode(bytes)
  if (text.includes('\0')) return unusable('the file holds a NUL character', 'Save it as text in UTF-8.')
  return parseEnvFile(text).faults
}

/** Reads it as Node.js does for `--env-file`, except that a value that is left out is empty, exported or not, and with blanks in its place. */
export function parseEnvFile(text: string): EnvFile {
  const variables: [string, string][] = []
  const faults: EnvFault[] = []
  for (let offset = 0, line = 1; offset < text.length; ) {
    const written = text.slice(offset, endOfLine(text, offset))
    const { name, value = '', end = offset + written.length, problem } = readLine(text, offset, written)
    if (name !== undefined) variables.push([name, value.replaceAll('\r', '')])
    if (problem !== undefined) faults.push({ line, offset, ...problem })
    line += text.slice(offset, end).split('\n').length
    offset = end + 1
  }
  return { variables: Object.fromEntries(variables), faults }
}

interface Reading {
  readonly name?: string
  readonly value?: string
  /** Where the line ends on which its value does. */
  readonly end?: number
  readonly problem?: Problem | undefined
}

function readLine(text: string, offset: number, written: string): Reading {
  if (/^\s*(#|$)/.test(written)) return {}
  const equals = written.indexOf('=')
  if (equals < 0)
    return { problem: { message: 'this line has no =', help: 'Write NAME=value, or # before a comment.' } }
  const name = written
    .slice(0, equals)
    .trim()
    .replace(/^export\s+/, '')
  const value = readValue(text, offset + equals + 1)
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { name, ...value, problem: reservedName(name) ?? value.problem }
  const help = 'Write NAME=value: a name has letters, digits and _, and does not begin with a digit.'
  return { end: value.end, problem: { message: 'what stands before = on this line is no name of a variable', help } }
}

/** A name whose value the runner decides itself. Its token is no tool's, and is left out without a word where a file is shared. */
function reservedName(name: string): Problem | undefined {
  if (name === 'PATH') {
    const help = 'Start the runner with the PATH that its tools need, or let the script set it.'
    return { message: 'this line sets PATH, which a tool does not get from here', help }
  }
  if (!name.startsWith('RUNNER_') || name === PAGE_TOKEN) return undefined
  const message = 'the name on this line begins with RUNNER_: only the runner sets such variables'
  return { message, help: 'Give it another name, or remove the line.' }
}

type Value = Required<Pick<Reading, 'value' | 'end'>> & Pick<Reading, 'problem'>

function readValue(text: string, afterEquals: number): Value {
  const lineEnd = endOfLine(text, afterEquals)
  const written = text.slice(afterEquals, lineEnd)
  const start = afterEquals + written.length - written.trimStart().length
  const quote = text.charAt(start)
  if (start < lineEnd && `"'\``.includes(quote)) return readQuoted(text, start, lineEnd)
  const hash = written.indexOf('#')
  if (hash < 0) return { value: written.trim(), end: lineEnd }
  const message = 'the value on this line ends at #, where a comment begins'
  const help = 'If # is part of the value, put the value in quotes; if not, put a space before it.'
  const isCut = !/\s/.test(text.charAt(afterEquals + hash - 1))
  return { value: written.slice(0, hash).trim(), end: lineEnd, problem: isCut ? { message, help } : undefined }
}

/** A value in quotes may have line breaks. Nothing escapes a quote in it. */
function readQuoted(text: string, start: number, lineEnd: number): Value {
  const quote = text.charAt(start)
  const close = text.indexOf(quote, start + 1)
  if (close < 0) {
    const help = 'Close it, or write the value without quotes.'
    const message = `the value on this line begins with ${quote}, which nothing closes`
    return { value: text.slice(start, lineEnd).trim(), end: lineEnd, problem: { message, help } }
  }
  const inside = text.slice(start + 1, close)
  const value = quote === '"' ? inside.replaceAll('\\n', '\n') : inside
  const end = endOfLine(text, close)
  if (/^.\s*(#|$)/s.test(text.slice(close, end))) return { value, end }
  const message = `the value that begins with ${quote} on this line ends at the next one, and what follows is passed over`
  const help = `Close it where the value ends. One with ${quote} in it stands in quotes of another kind: nothing escapes a quote.`
  return { value, end, problem: { message, help } }
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at < 0 ? text.length : at
}
