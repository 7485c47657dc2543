import type { Diagnostic } from '../agent/diagnostic.ts'
import type { Report } from '../session/report.ts'

/** Where people read: a terminal or a pipe. */
export interface Display {
  agentSaid(words: string): void
  agentEnded(interrupted: boolean): void
  note(kind: 'tool' | 'reload' | 'error' | 'warning' | 'info' | 'caller', text: string): void
}

export interface ShowOptions {
  /** A diagnostic with the lines it speaks of. */
  readonly frame: (diagnostic: Diagnostic) => string
  /** The line that a refused setting stands on. */
  readonly frameAt: (place: { file: string; line: number; column: number; message: string }) => string
}

/** Puts the reports of a conversation into words for people. */
export function createShow(display: Display, options: ShowOptions): (report: Report) => void {
  let readyBefore = false
  return (report) => {
    switch (report.type) {
      case 'session.ready':
        if (readyBefore) display.note('info', 'connected again')
        readyBefore = true
        return
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
      case 'tool.started':
        return display.note('tool', `${report.name} ${JSON.stringify(report.arguments)}`)
      case 'tool.finished':
        return display.note('tool', `${report.name} ${outcome(report)}`)
      case 'warning':
        return display.note('warning', report.message)
      case 'error':
        return display.note('error', report.code === null ? report.message : `${report.message} (${report.code})`)
      case 'agent.audio':
      case 'agent.heard':
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

type ToolFinished = Extract<Report, { type: 'tool.finished' }>

function outcome({ status, ms, output }: ToolFinished): string {
  if (status === 'ok') return `ok in ${ms} ms: ${shortened(output)}`
  return `${status.replaceAll('_', ' ')} after ${ms} ms: ${shortened(output)}`
}

/** Characters of a tool's output that are shown. */
const OUTPUT_SHOWN = 160

function shortened(output: string): string {
  const line = output.replaceAll(/\s+/g, ' ')
  return line.length <= OUTPUT_SHOWN ? line : `${line.slice(0, OUTPUT_SHOWN)}…`
}

type Reload = Exclude<Extract<Report, { type: `reload.${string}` }>, { type: 'reload.sent' | 'reload.superseded' }>

function reloadWords(report: Reload, { frame, frameAt }: ShowOptions): string {
  switch (report.type) {
    case 'reload.applied':
      return report.own
        ? `applied to this conversation alone: ${list(report.fields)} · ${report.ms} ms`
        : `applied: ${list(report.fields)} · generation ${report.offered} · ${report.ms} ms`
    case 'reload.waiting':
      return `waiting for a quiet moment: ${list(report.fields)}`
    case 'reload.deferred':
      return `for the next session: ${list(report.fields)} (${report.reason})`
    case 'reload.unconfirmed':
      return `the service did not confirm: ${list(report.fields)}; the next session begins with it`
    case 'reload.refused': {
      const { file, line, column, message } = report
      const stays = report.offered === report.generation ? '' : ', the old settings stay'
      const what = `refused by the service${stays}: ${[...report.fields, message].join(': ')}`
      return file === null || line === null || column === null
        ? what
        : `${what}\n${frameAt({ file, line, column, message })}`
    }
    case 'reload.rejected':
      return `the file has faults, the last good settings stay\n${report.diagnostics.map(frame).join('\n')}`
    case 'reload.held':
      return `held\n${report.diagnostics.map(frame).join('\n')}`
    default:
      return report satisfies never
  }
}

function list(fields: readonly string[]): string {
  return fields.join(', ')
}
