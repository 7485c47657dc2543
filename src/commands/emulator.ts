import { readFile } from 'node:fs/promises'
import { fileErrorMessage } from '../agent/file-error-message.ts'
import { parseFaults } from '../emulator/faults/parse-faults.ts'
import { type Emulator, startEmulator } from '../emulator/server.ts'
import { EXIT } from '../runner/exit-code.ts'
import { printError } from '../runner/printing/print-error.ts'

export interface EmulatorCommandOptions {
  /** Any free port by default. */
  readonly port?: number
  /** A file with the words of spoken turns, one line per turn. */
  readonly captions?: string
  readonly voice?: 'espeak' | 'hum'
  readonly acceptAnyModel?: boolean
  /** In s. */
  readonly expiresAfter?: number
  /** Faults to simulate, as `name` or `name=value`. */
  readonly fault?: readonly string[]
}

/** Runs the emulator until SIGINT or SIGTERM; prints its URL when it is ready. Returns the exit code. */
export async function emulator(options: EmulatorCommandOptions): Promise<number> {
  const { captions: captionsFile, expiresAfter, fault = [], ...others } = options
  const faults = parseFaults(fault)
  if (typeof faults === 'string') return printError(faults, EXIT.usageError)
  const captions = captionsFile === undefined ? [] : await readLines(captionsFile)
  if (typeof captions === 'string') return printError(`--captions: ${captions}`, EXIT.usageError)
  const life = expiresAfter === undefined ? {} : { expiresAfterS: expiresAfter }
  const started = await start({ ...others, ...life, captions, faults })
  if (typeof started === 'string') return printError(started, EXIT.notReady)
  const stopped = nextSignal()
  process.stdout.write(`${started.url}\n`)
  await stopped
  await started.close()
  return EXIT.done
}

/** The lines of a file, or a sentence why they cannot be read. */
async function readLines(file: string): Promise<readonly string[] | string> {
  try {
    const text = await readFile(file, 'utf8')
    return text.split(/\r?\n/).filter((line) => line.trim() !== '')
  } catch (error) {
    return `${file}: cannot be read: ${fileErrorMessage(error)}`
  }
}

/** The emulator, or a sentence why it cannot listen. */
async function start(options: Parameters<typeof startEmulator>[0]): Promise<Emulator | string> {
  try {
    return await startEmulator({ ...options, log })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return `port ${options?.port} is taken: choose another with --port, or leave it out`
    return `the emulator cannot listen: ${message}`
  }
}

function log(message: string, fields: Record<string, unknown>): void {
  const details = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`
  process.stderr.write(`emulator: ${message}${details}\n`)
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}
