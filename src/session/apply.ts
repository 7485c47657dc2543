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
  reportWarnings,
  withdrawGeneration,
} from './edits/reload.ts'
import { requestStop } from './ending.ts'
import type { SessionEvent } from './event.ts'
import { connectionClosed, connectionOpened, connectionRefused } from './lifetime/connection.ts'
import { applyNextSession } from './lifetime/next-session-events.ts'
import { playbackDrained } from './response/playback.ts'
import { applyServer } from './service/apply-server.ts'
import type { SessionState } from './state.ts'
import { type Step, withoutEffects } from './stepping.ts'
import { timerFired } from './time/timers.ts'

/** Records a fact. What follows from the state as a whole is left to `settle`. */
export function apply(state: SessionState, event: SessionEvent): Step {
  if (state.phase === 'closed') return withoutEffects(state)
  switch (event.type) {
    case 'socket.opened':
      return connectionOpened(state)
    case 'socket.refused':
      return connectionRefused(state, event)
    case 'socket.closed':
      return connectionClosed(state, event)
    case 'next':
      return applyNextSession(state, event.event)
    case 'audio.dropped':
      return audioDropped(state, event.bytes)
    case 'server':
      return applyServer(state, event.event)
    case 'caller.text':
      return receiveCallerText(state, event.text)
    case 'caller.audio':
      return receiveCallerAudio(state, event.audio)
    case 'caller.committed':
      return commitTurn(state)
    case 'caller.paused':
      return pauseAudio(state)
    case 'caller.resumed':
      return resumeAudio(state)
    case 'caller.held':
      return holdCaller(state)
    case 'caller.interrupted':
      return interruptByHand(state)
    case 'caller.pressed':
      return pressToTalk(state)
    case 'playback.started':
      return withoutEffects(state)
    case 'playback.drained':
      return playbackDrained(state)
    case 'playback.cleared':
      return playbackCleared(state, event.heard)
    case 'tool.finished':
      return finishCall(state, event)
    case 'tools.listed':
      return toolsListed(state, event)
    case 'server.failed':
      return mcpServerFailed(state, event)
    case 'voice.chosen':
      return overrideVoice(state, event.voice)
    case 'agent.loaded':
      return offerGeneration(state, event)
    case 'agent.overtaken':
      return reportSuperseded(state, event)
    case 'agent.withdrawn':
      return withdrawGeneration(state, event)
    case 'agent.rejected':
    case 'agent.held':
      return reportUnusableSave(state, event)
    case 'agent.warned':
      return reportWarnings(state, event)
    case 'agent.restored':
      return reportRestored(state, event)
    case 'timer.fired':
      return timerFired(state, event.timer)
    case 'stop.requested':
      return requestStop(state, event.drain)
    default:
      return event satisfies never
  }
}
