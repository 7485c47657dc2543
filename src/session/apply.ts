import { playbackCleared } from './barge-in/cut.ts'
import { interruptByHand } from './barge-in/interruption.ts'
import {
  audioDropped,
  commitTurn,
  hearAudio,
  hold,
  pauseAudio,
  pressToTalk,
  resumeAudio,
} from './caller/caller-sound.ts'
import { hearText } from './caller/caller-text.ts'
import { serverFailed, serverListed } from './calls/servers.ts'
import { finishCall } from './calls.ts'
import {
  offerAgent,
  overrideVoice,
  tellOfOvertaken,
  tellOfRestored,
  tellOfSave,
  withdrawAgent,
} from './edits/reload.ts'
import { requestStop } from './ending.ts'
import type { Moment, SessionEvent } from './event.ts'
import { connectionClosed, connectionOpened, connectionRefused } from './lifetime/connection.ts'
import { applyNext } from './lifetime/hear-next.ts'
import { playbackDrained } from './response/playback.ts'
import { applyServer } from './service/apply-server.ts'
import type { SessionState } from './state.ts'
import { type Step, unchanged } from './stepping.ts'
import { fireTimer } from './time/timers.ts'

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
      return applyNext(state, event.event, moment)
    case 'audio.dropped':
      return audioDropped(state, event.bytes, moment)
    case 'server':
      return applyServer(state, event.event, moment)
    case 'caller.text':
      return hearText(state, event.text, moment)
    case 'caller.audio':
      return hearAudio(state, event.audio)
    case 'caller.committed':
      return commitTurn(state, moment)
    case 'caller.paused':
      return pauseAudio(state)
    case 'caller.resumed':
      return resumeAudio(state)
    case 'caller.held':
      return hold(state)
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
      return serverListed(state, event, moment)
    case 'server.failed':
      return serverFailed(state, event, moment)
    case 'voice.chosen':
      return overrideVoice(state, event.voice, moment)
    case 'agent.loaded':
      return offerAgent(state, event, moment)
    case 'agent.overtaken':
      return tellOfOvertaken(state, event, moment)
    case 'agent.withdrawn':
      return withdrawAgent(state, event, moment)
    case 'agent.rejected':
    case 'agent.held':
      return tellOfSave(state, event, moment)
    case 'agent.restored':
      return tellOfRestored(state, event, moment)
    case 'timer.fired':
      return fireTimer(state, event.timer, moment)
    case 'stop.requested':
      return requestStop(state, event.drain)
    default:
      return event satisfies never
  }
}
