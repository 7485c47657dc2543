import type { Report } from '../../session/report.ts'

type ToolStarted = Extract<Report, { type: 'tool.started' }>
type ToolFinished = Extract<Report, { type: 'tool.finished' }>

/** Notes a call that the agent does not wait for. */
export function backgroundSuffix({ background }: ToolStarted): string {
  return background ? ' (in the background)' : ''
}

/** The beginning of a call's arguments. For a finished call, only if it never started: otherwise an earlier line has shown them. */
export function argumentsSuffix({ arguments: given }: Pick<ToolFinished, 'arguments'>): string {
  return given === undefined ? '' : ` ${shorten(JSON.stringify(given), ARGUMENTS_SHOWN)}`
}

/** The most characters shown of arguments. */
const ARGUMENTS_SHOWN = 200

/** What came of a call: the beginning of its output, or why it failed. */
export function outcomeText({ status, ms, output, arguments: given }: ToolFinished): string {
  if (status === 'ok') return `ok in ${ms} ms: ${shorten(output.replaceAll(/\s+/g, ' '), OUTPUT_SHOWN)}`
  return `${status.replaceAll('_', ' ')}${given === undefined ? ` after ${ms} ms` : ''}: ${errorMessage(output)}`
}

/** The beginning of a long text, cut between characters. */
function shorten(text: string, charactersMax: number): string {
  const characters = [...text.slice(0, 2 * charactersMax + 1)]
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax).join('')}…`
}

/** The sentence in the error that the model gets. */
function errorMessage(output: string): string {
  const { error } = JSON.parse(output) as { readonly error: { readonly message: string } }
  return error.message
}

/** The most characters shown of a tool's output. */
const OUTPUT_SHOWN = 160
