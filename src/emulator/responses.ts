import { planResponse } from './brain.ts'
import type { ResponseConfig } from './client-event.ts'
import type { FaultState } from './faults.ts'
import type { Item } from './item.ts'
import { type ResponseSettings, responseSettings } from './responses/response-settings.ts'
import {
  type ResponseContext,
  type ResponsePlan,
  type ResponseRun,
  type ResponseStatus,
  startResponse,
} from './responses/run.ts'
import type { Session } from './session.ts'
import type { ErrorBody } from './validate-client-event.ts'

/** The responses of one connection: one at a time in the conversation, several beside it. */
export interface Responses {
  readonly active: ResponseRun | null
  /** Starts a response; returns an error if another one is active in the conversation, or too many are beside it. */
  create(config: ResponseConfig, input?: readonly Item[]): Pick<ErrorBody, 'code' | 'message'> | null
  /** Starts a response as soon as none is active. */
  createWhenFree(): void
  /** Starts the follow-up once every call of the last response has its outcome (`auto_tool_response`, on by default). */
  followUpIfDue(): void
  /** Cancels the active response, or the named one; false if there is none. */
  cancel(reason: 'turn_detected' | 'client_cancelled', responseId?: string): boolean
  /** Stops all without sending anything: the connection is gone. */
  close(): void
}

/** For one connection. */
export function createResponses(
  context: Omit<ResponseContext, 'onEnd' | 'sendsLateDeltas'> & {
    readonly session: () => Session
    readonly faults: FaultState
    readonly onEnd: () => void
  },
): Responses {
  const { history, session, faults } = context
  let active: ResponseRun | null = null
  let isCreateWaiting = false
  let unansweredCalls: readonly string[] = []
  const outOfBand = new Set<ResponseRun>()

  const responses: Responses = {
    get active() {
      return active
    },
    create(config, input) {
      const isOutOfBand = config.conversation === 'none'
      if (!isOutOfBand && active !== null) {
        const message = `Conversation already has an active response in progress: ${active.id}. Wait until it is done.`
        return { code: 'conversation_already_has_active_response', message }
      }
      if (isOutOfBand && outOfBand.size >= OUT_OF_BAND_MAX) {
        return {
          code: 'rate_limit_exceeded',
          message: `${OUT_OF_BAND_MAX} responses run beside the conversation already.`,
        }
      }
      const today = new Date().toISOString().slice(0, 10)
      const settings = responseSettings(session(), config, input ?? history.items(), today)
      let isOver = false
      const run = startResponse(settings, planOf(settings), {
        ...context,
        sendsLateDeltas: faults.current.lateDeltas ?? false,
        onEnd: (ended, status) => {
          isOver = true
          finish(ended, status)
        },
      })
      if (isOver) return null
      if (isOutOfBand) outOfBand.add(run)
      else active = run
      return null
    },
    createWhenFree() {
      if (responses.create({}) !== null) isCreateWaiting = true
    },
    followUpIfDue() {
      const isOurs = session().providerData?.auto_tool_response !== false || faults.current.ownFollowUps
      if (unansweredCalls.length === 0 || active !== null || !isOurs) return
      const answered = new Set(
        history.items().flatMap((item) => (item.type === 'function_call_output' ? [item.call_id] : [])),
      )
      if (!unansweredCalls.every((callId) => answered.has(callId))) return
      responses.create({})
    },
    cancel(reason, responseId) {
      const run = responseId === undefined || active?.id === responseId ? active : find(responseId)
      if (run === null) return false
      run.cancel(reason)
      return true
    },
    close() {
      isCreateWaiting = false
      active?.cancel('client_cancelled')
      for (const run of outOfBand) run.cancel('client_cancelled')
    },
  }
  return responses

  function planOf({ input }: ResponseSettings): ResponsePlan {
    if (faults.consume('failResponses')) return 'fail'
    return faults.consume('stallResponses') ? null : planResponse(input)
  }

  function find(responseId: string): ResponseRun | null {
    return [...outOfBand].find(({ id }) => id === responseId) ?? null
  }

  function finish(run: ResponseRun, status: ResponseStatus): void {
    outOfBand.delete(run)
    if (!run.isOutOfBand) {
      active = null
      unansweredCalls = status === 'completed' ? run.calls() : []
    }
    context.onEnd()
    if (run.isOutOfBand) return
    if (isCreateWaiting) {
      isCreateWaiting = false
      responses.create({})
    } else responses.followUpIfDue()
  }
}

/** The most responses beside the conversation at a time. */
const OUT_OF_BAND_MAX = 16
