import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The checkout. */
export const root = resolve(import.meta.dirname, '../..')

/** A running `runner` process. */
export interface Cli {
  readonly child: ChildProcessWithoutNullStreams
  /** Everything written so far. */
  stdout(): string
  stderr(): string
  /** Resolves as soon as the text of either stream matches. */
  shows(pattern: RegExp): Promise<string>
  type(line: string): void
  /** The exit code. */
  readonly ended: Promise<number | null>
}

/** Options of a run besides its arguments. */
export interface CliOptions {
  readonly cwd?: string
  readonly env?: { readonly [name: string]: string }
  /** Ends standard input at once. */
  readonly noInput?: boolean
  /** Runs as this user: root may read everything. */
  readonly uid?: number
}

/** How long a step may take on a loaded machine before the test fails with what was seen so far, in ms. */
const TIMEOUT_MS = 60_000

/** Starts the built command without a key in its environment. */
export function runner(args: readonly string[], options: CliOptions = {}): Cli {
  const { INWORLD_API_KEY: _key, INWORLD_BASE_URL: _url, ...env } = process.env
  const child = spawn(process.execPath, [join(root, 'bin/runner.js'), ...args], {
    cwd: options.cwd ?? root,
    env: { ...env, NO_COLOR: '1', ...freshStateFolder(options.cwd), ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const check of waiting) check()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    wake()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    wake()
  })
  child.stdin.on('error', () => {})
  if (options.noInput) child.stdin.end()
  const ended = once(child, 'close').then(([code]) => code as number | null)

  function shows(pattern: RegExp): Promise<string> {
    return new Promise((found, failed) => {
      const limit = setTimeout(
        () => failed(new Error(`never showed ${pattern}; it wrote:\n${stdout}\n--\n${stderr}`)),
        TIMEOUT_MS,
      )
      const check = () => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr)
        if (match === null) return
        clearTimeout(limit)
        waiting.delete(check)
        found(match[0])
      }
      waiting.add(check)
      check()
    })
  }

  const type = (line: string) => child.stdin.write(`${line}\n`)
  return { child, stdout: () => stdout, stderr: () => stderr, shows, type, ended }
}

/** A run in this checkout stores its state elsewhere, and never sees that of another run. */
function freshStateFolder(cwd: string | undefined): { readonly [name: string]: string } {
  return cwd === undefined ? { RUNNER_FOLDER: mkdtempSync(join(tmpdir(), 'runner-state-')) } : {}
}

/** One event of `--jsonl`. */
export interface Line {
  readonly type: string
  readonly [key: string]: unknown
}

/** The events in what was written so far. */
export function linesOf(text: string): readonly Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

/** A copy of the example agent and its tools in a folder with a root marker, to be edited. */
export function projectCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-project-'))
  for (const name of ['agents', 'tools']) cpSync(join(root, name), join(folder, name), { recursive: true })
  writeFileSync(join(folder, '.runner.yaml'), '')
  return folder
}

/** A copy whose agent is interrupted by words only; a turn of the caller ends after this much silence. */
export function projectWhereWordsInterrupt(silenceMs: number): string {
  const folder = projectCopy()
  const file = join(folder, 'agents/support.yaml')
  const turns = `turn_detection: { type: server_vad, silence_duration_ms: ${silenceMs}, interrupt_response: false }`
  const agent = readFileSync(file, 'utf8').replace(/^turn_detection:\n( .*\n)+/m, `${turns}\n`)
  writeFileSync(file, `${agent}interruption: { min_words: 2 }\n`)
  return folder
}
