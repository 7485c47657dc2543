import { pino } from 'pino'
import { logFields } from './log/log-fields.ts'
import { parseLogLine, prettyLine } from './log/pretty-line.ts'
import { createLiveMask } from './secret-mask.ts'

/** The most bytes that may wait for a reader of stderr that does not read; beyond it lines are lost. */
const WAITING_BYTES_MAX = 1_048_576

/** The least severe level that is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

type Write = (message: string, fields?: { readonly [key: string]: unknown }) => void

/** Messages are fixed text; values go into fields. */
export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  /** Passes lines to whoever draws on the same screen, instead of writing them across it; null ends that. */
  showOn(screen: ((level: string, text: string) => void) | null): void
}

interface LogOptions {
  readonly level: LogLevel
  /** One readable line instead of one JSON object. */
  readonly pretty: boolean
  /** Values that never appear, in any message or field. Called for each line, since more may become known later. */
  readonly secrets: () => readonly string[]
}

/**
 * Writes to stderr synchronously, so that nothing is lost when the process ends. Secrets are masked in the finished line; what was said,
 * and what tools were given and answered, shows only at level `debug` (see `SPOKEN_FIELDS`).
 */
export function createLog({ level, pretty, secrets }: LogOptions): Log {
  const mask = createLiveMask(secrets)
  const stderr = pino.destination({ fd: 2, sync: true, maxLength: WAITING_BYTES_MAX })
  stderr.on('error', () => {})
  let screen: Parameters<Log['showOn']>[0] = null
  const write = (line: string) => {
    if (screen === null) return void stderr.write(mask(pretty ? prettyLine(line) : line))
    const { level: lineLevel, text } = parseLogLine(line)
    screen(lineLevel, mask(text))
  }
  const logger = pino(
    {
      level,
      base: null,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => logFields(fields, { spoken: level === 'debug' }),
      },
    },
    { write },
  )
  const writerOf = (name: Exclude<LogLevel, 'silent'>): Write => {
    return (message, fields = {}) => logger[name](fields, message)
  }
  return {
    debug: writerOf('debug'),
    info: writerOf('info'),
    warn: writerOf('warn'),
    error: writerOf('error'),
    showOn(next) {
      if (pretty) screen = next
    },
  }
}
