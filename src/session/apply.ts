import { interruptByHand } from './barge-in/interruption.ts'
import { playbackCleared } from './barge-in/truncate.ts'
import {
  audioDropped,
  commitTurn,
  holdCaller,
  pauseAudio,
  pressToTalk,
  receiveCallerAudio,
  resumeAudio,
} from './caller/caller-sound.ts'
import { receiveCallerText } from './caller/caller-text.ts'
import { mcpServerFailed, toolsListed } from './calls/mcp-servers.ts'
import { finishCall } from './calls.ts'
import {
  offerGeneration,
  overrideVoice,
  reportRestored,
  reportSuperseded,
  reportUnusableSave,
  withdrawGeneration,
} from './edits/reload.ts'
import { requestStop } from './ending.ts'
import type { Moment, SessionEvent } from './event.ts'
import { connectionClosed, connectionOpened, connectionRefused } from './lifetime/connection.ts'
import { applyNextSession } from './lifetime/next-session-events.ts'
import { playbackDrained } from './response/playback.ts'
import { applyServer } from './service/apply-server.ts'
import type { SessionState } from './state.ts'
import { type Step, unchanged } from './stepping.ts'
import { timerFired } from './time/timers.ts'

/** Records a fact. What follows from the state as a whole is left to `settle`. */
export function apply(state: SessionState, event: SessionEvent, moment: Moment): Step {
  if (state.phase === 'closed') return unchanged(state)
  switch (event.type) {
    case 'socket.opened':
      return connectionOpened(state)
    case 'socket.refused':
      return connectionRefused(state, event, moment)
    case 'socket.closed':
      return connectionClosed(state, event, moment)
    case 'next':
      return applyNextSession(state, event.event, moment)
    case 'audio.dropped':
      return audioDropped(state, event.bytes, moment)
    case 'server':
      return applyServer(state, event.event, moment)
    case 'caller.text':
      return receiveCallerText(state, event.text, moment)
    case 'caller.audio':
      return receiveCallerAudio(state, event.audio, moment)
    case 'caller.committed':
      return commitTurn(state, moment)
    case 'caller.paused':
      return pauseAudio(state, moment)
    case 'caller.resumed':
      return resumeAudio(state)
    case 'caller.held':
      return holdCaller(state, moment)
    case 'caller.interrupted':
      return interruptByHand(state)
    case 'caller.pressed':
      return pressToTalk(state, moment)
    case 'playback.started':
      return unchanged(state)
    case 'playback.drained':
      return playbackDrained(state)
    case 'playback.cleared':
      return playbackCleared(state, event.heard, moment)
    case 'tool.finished':
      return finishCall(state, event, moment)
    case 'tools.listed':
      return toolsListed(state, event, moment)
    case 'server.failed':
      return mcpServerFailed(state, event, moment)
    case 'voice.chosen':
      return overrideVoice(state, event.voice, moment)
    case 'agent.loaded':
      return offerGeneration(state, event, moment)
    case 'agent.overtaken':
      return reportSuperseded(state, event, moment)
    case 'agent.withdrawn':
      return withdrawGeneration(state, event, moment)
    case 'agent.rejected':
    case 'agent.held':
      return reportUnusableSave(state, event, moment)
    case 'agent.restored':
      return reportRestored(state, event, moment)
    case 'timer.fired':
      return timerFired(state, event.timer, moment)
    case 'stop.requested':
      return requestStop(state, event.drain)
    default:
      return event satisfies never
  }
}
