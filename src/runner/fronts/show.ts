import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import type { Report } from '../../session/report.ts'
import { shortened } from '../printing/shortened.ts'
import { reloadWords } from './show-reload.ts'

/** Where people read: a terminal or a pipe. */
interface Display {
  agentSaid(words: string): void
  agentEnded(interrupted: boolean): void
  note(kind: 'tool' | 'reload' | 'error' | 'warning' | 'info' | 'caller', text: string): void
}

/** What the words for people are drawn with. */
export interface ShowOptions {
  /** A diagnostic with the lines it speaks of. */
  readonly frame: (diagnostic: Diagnostic) => string
}

/** Puts the reports of a conversation into words for people. */
export function createShow(display: Display, options: ShowOptions): (report: Report) => void {
  return (report) => {
    switch (report.type) {
      case 'session.ready':
        if (report.gap_ms === undefined) return
        return display.note('info', report.gap_ms === 0 ? 'the next session has taken over' : 'connected again')
      case 'session.closed':
        if (report.reason !== 'stopped') display.note('info', `the conversation is over: ${report.reason}`)
        return
      case 'caller.transcript':
        if (report.final) display.note('caller', report.text)
        return
      case 'agent.transcript.delta':
        return display.agentSaid(report.text)
      case 'agent.transcript':
        return display.agentEnded(report.interrupted ?? false)
      case 'agent.heard':
        return display.note('info', heardWords(report.text))
      case 'tool.started':
        return display.note('tool', `${report.name} ${JSON.stringify(report.arguments)}${whereItRuns(report)}`)
      case 'tool.finished':
        return display.note('tool', `${report.name}${givenTo(report)} ${outcome(report)}`)
      case 'warning':
        return display.note('warning', report.diagnostic ? options.frame(report.diagnostic) : report.message)
      case 'error':
        return display.note('error', withCode(report))
      case 'agent.audio':
      case 'agent.backchannel':
      case 'agent.backchannel.audio':
      case 'agent.playback':
      case 'session.settings':
      case 'caller.speech':
      case 'item.created':
      case 'item.updated':
      case 'turn.latency':
      case 'response.finished':
      case 'transcription.finished':
      case 'reload.sent':
      case 'reload.superseded':
        return
      default:
        return display.note('reload', reloadWords(report, options))
    }
  }
}

/** An error with its code, where its words do not hold that already. */
function withCode({ message, code }: Extract<Report, { type: 'error' }>): string {
  return code === null || message.includes(code) ? message : `${message} (${code})`
}

/** Of words that are cut off: those after which nothing was heard. All of them may stand there already, since they come before their sound. */
function heardWords(text: string): string {
  if (text === '') return 'nothing of it was heard'
  const characters = [...text]
  const end = characters
    .slice(-HEARD_SHOWN)
    .join('')
    .replace(/^\S*\s+/, '')
  return `heard only up to "${characters.length > HEARD_SHOWN ? `… ${end}` : text}"`
}

/** Characters of what was heard that are shown. */
const HEARD_SHOWN = 40

/** Whether the agent waits for a call that has begun. */
export function whereItRuns({ background }: Extract<Report, { type: 'tool.started' }>): string {
  return background ? ' (in the background)' : ''
}

type ToolFinished = Extract<Report, { type: 'tool.finished' }>

/** The beginning of what the model gave to a call; of one that is over, where it was never begun: no line before has told it. */
export function givenTo({ arguments: given }: Pick<ToolFinished, 'arguments'>): string {
  return given === undefined ? '' : ` ${shortened(JSON.stringify(given), ARGUMENTS_SHOWN)}`
}

/** Characters of arguments that are shown. */
const ARGUMENTS_SHOWN = 200

function outcome({ status, ms, output, arguments: given }: ToolFinished): string {
  if (status === 'ok') return `ok in ${ms} ms: ${shortened(output.replaceAll(/\s+/g, ' '), OUTPUT_SHOWN)}`
  return `${status.replaceAll('_', ' ')}${given === undefined ? ` after ${ms} ms` : ''}: ${failureIn(output)}`
}

/** The sentence in what the model is told of a failure. */
function failureIn(output: string): string {
  const { error } = JSON.parse(output) as { readonly error: { readonly message: string } }
  return error.message
}

/** Characters of a tool's output that are shown. */
const OUTPUT_SHOWN = 160
