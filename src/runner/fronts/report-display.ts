import type { Display } from '../../channels/display.ts'
import type { Report } from '../../session/report.ts'
import { isRefusedStart } from '../generations/judgement.ts'
import { argumentsSuffix, backgroundSuffix, outcomeText } from '../printing/call-text.ts'
import type { FrameRenderer } from '../printing/frames.ts'
import { reloadMessage } from './reload-message.ts'

/** Shows a conversation's reports as text for people. */
export function createReportDisplay(
  display: Pick<Display, 'agentSaid' | 'agentEnded' | 'agentCutOff' | 'note'>,
  frames: FrameRenderer,
): (report: Report) => void {
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
        return report.interrupted ? display.agentCutOff() : display.agentEnded()
      case 'agent.heard':
        return display.note('info', heardMessage(report.text))
      case 'tool.started':
        return display.note('tool', `${report.name} ${JSON.stringify(report.arguments)}${backgroundSuffix(report)}`)
      case 'tool.finished':
        return display.note('tool', `${report.name}${argumentsSuffix(report)} ${outcomeText(report)}`)
      case 'warning':
        return display.note('warning', report.diagnostic ? frames.frame(report.diagnostic) : report.message)
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
        return display.note(isRefusedStart(report) ? 'error' : 'reload', reloadMessage(report, frames))
    }
  }
}

/** An error with its code, unless its message contains it already. */
function withCode({ message, code }: Extract<Report, { type: 'error' }>): string {
  return code === null || message.includes(code) ? message : `${message} (${code})`
}

/** The end of what was heard of interrupted words: all of them may already be on screen, since words arrive before their sound. */
function heardMessage(text: string): string {
  if (text === '') return 'nothing of it was heard'
  const characters = [...text]
  const end = characters
    .slice(-HEARD_SHOWN)
    .join('')
    .replace(/^\S*\s+/, '')
  return `heard only up to "${characters.length > HEARD_SHOWN ? `… ${end}` : text}"`
}

/** The most characters shown of what was heard. */
const HEARD_SHOWN = 40
