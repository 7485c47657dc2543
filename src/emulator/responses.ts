import { planResponse } from './brain.ts'
import type { ResponseConfig } from './client-event.ts'
import type { FaultBox } from './faults.ts'
import type { Item } from './item.ts'
import { responseOrder } from './responses/response-settings.ts'
import { type ResponseRun, type ResponseTools, type Status, startResponse } from './responses/run.ts'
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
  given: Omit<ResponseTools, 'onEnd' | 'isLate'> & {
    readonly session: () => Session
    readonly faults: FaultBox
    readonly onEnd: () => void
  },
): Responses {
  const { history, session, faults } = given
  let active: ResponseRun | null = null
  let waiting = false
  let openCalls: readonly string[] = []
  const beside = new Set<ResponseRun>()

  const responses: Responses = {
    get active() {
      return active
    },
    create(config, input) {
      const isBeside = config.conversation === 'none'
      if (!isBeside && active !== null) {
        const message = `Conversation already has an active response in progress: ${active.id}. Wait until it is done.`
        return { code: 'conversation_already_has_active_response', message }
      }
      if (isBeside && beside.size >= BESIDE_MAX) {
        return { code: 'rate_limit_exceeded', message: `${BESIDE_MAX} responses run beside the conversation already.` }
      }
      const today = new Date().toISOString().slice(0, 10)
      const order = responseOrder(session(), config, input ?? history.items(), today)
      const plan = faults.spend('failResponses')
        ? 'fail'
        : faults.spend('stallResponses')
          ? null
          : planResponse(order.situation)
      let isOver = false
      const run = startResponse(order, plan, {
        ...given,
        isLate: faults.now.lateDeltas ?? false,
        onEnd: (ended, status) => {
          isOver = true
          finish(ended, status)
        },
      })
      if (isOver) return null
      if (isBeside) beside.add(run)
      else active = run
      return null
    },
    createWhenFree() {
      if (responses.create({}) !== null) waiting = true
    },
    followUpIfDue() {
      const isOurs = session().providerData?.auto_tool_response !== false || faults.now.ownFollowUps
      if (openCalls.length === 0 || active !== null || !isOurs) return
      const answered = new Set(
        history.items().flatMap((item) => (item.type === 'function_call_output' ? [item.call_id] : [])),
      )
      if (!openCalls.every((callId) => answered.has(callId))) return
      responses.create({})
    },
    cancel(reason, responseId) {
      const run = responseId === undefined || active?.id === responseId ? active : find(responseId)
      if (run === null) return false
      run.cancel(reason)
      return true
    },
    close() {
      waiting = false
      active?.cancel('client_cancelled')
      for (const run of beside) run.cancel('client_cancelled')
    },
  }
  return responses

  function find(responseId: string): ResponseRun | null {
    return [...beside].find(({ id }) => id === responseId) ?? null
  }

  function finish(run: ResponseRun, status: Status): void {
    beside.delete(run)
    if (!run.isOutOfBand) {
      active = null
      openCalls = status === 'completed' ? run.calls() : []
    }
    given.onEnd()
    if (run.isOutOfBand) return
    if (waiting) {
      waiting = false
      responses.create({})
    } else responses.followUpIfDue()
  }
}

/** The most responses beside the conversation at a time. */
const BESIDE_MAX = 16
