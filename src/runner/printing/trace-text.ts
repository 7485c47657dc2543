import type { ToolTrace } from '../../io/tools/tool-trace.ts'

/** One step of a call as its author reads it, with its lines aligned. */
export function traceText(event: ToolTrace): string {
  switch (event.type) {
    case 'launched':
      return [
        row('command', event.command.join(' ')),
        row('folder', event.cwd),
        ...(event.script === null ? [] : [row('script', `sha256 ${event.script}…`)]),
        row('variables', event.variables.join(' ')),
        ...(event.unset.length === 0 ? [] : [row('not set', event.unset.join(' '))]),
        row('stdin', event.stdin),
      ].join('')
    case 'stderr':
      return row('stderr', event.line)
    case 'signalled':
      return row('signal', `${event.signal} to the process group after ${event.ms} ms`)
    case 'exited': {
      const end = event.signal === null ? `code ${event.exitCode}` : `ended by ${event.signal}`
      return (
        row('stdout', event.stdout === '' ? '(nothing)' : event.stdout) + row('exit', `${end} after ${event.ms} ms`)
      )
    }
    case 'requested':
      return [
        row('request', `${event.method} ${event.url}`),
        row('headers', event.headers.join(' ') || '(none of its own)'),
        row('body', event.body || '(none)'),
      ].join('')
    case 'responded':
      return (
        row('answer', event.body === '' ? '(nothing)' : event.body) +
        row('status', `${event.status} from ${event.address} after ${event.ms} ms`)
      )
    case 'replied':
      return row('stdout', event.line)
    case 'asked':
      return row('server', event.server) + row('arguments', event.arguments)
    case 'answered':
      return row('answered', `after ${event.ms} ms${event.detail === undefined ? '' : ` (${event.detail})`}`)
    default:
      return event satisfies never
  }
}

/** Width of the first column: the longest label and two spaces. */
const LABEL_CHARACTERS = 11

function row(label: string, text: string): string {
  const [first = '', ...more] = text.replace(/\r?\n$/, '').split('\n')
  const indent = ' '.repeat(LABEL_CHARACTERS)
  return [label.padEnd(LABEL_CHARACTERS) + first, ...more.map((line) => indent + line)].join('\n').concat('\n')
}
