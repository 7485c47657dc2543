import {
  InsufficientScopeError,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
} from '@modelcontextprotocol/client'
import { judgeNoAnswer, judgeRefusal } from '../http/http-verdict.ts'
import { NoAnswer } from '../http/no-answer.ts'
import type { Mask } from '../secret-mask.ts'
import { failure, judgeFailure, misconfiguration, outputFailure, type Verdict } from '../tools/tool-contract.ts'
import { AnswerTooLarge, MALFORMED_ANSWER, NO_ANSWER, TOO_LARGE } from './mcp-messages.ts'

/** A call without a result. */
export interface FailedCall {
  readonly verdict: Verdict
  /** Why to leave its connection: it is lost, or the server no longer knows the session and has not taken the call. */
  readonly leaveReason: 'lost' | 'expired' | null
}

/** What an error of a call means, in a session of the server or without one. Everything in the verdict is masked. */
export function judgeError(error: unknown, hasSession: boolean, mask: Mask): FailedCall {
  if (error instanceof SdkHttpError) return judgeStatus(error, hasSession, mask)
  if (error instanceof NoAnswer) return { verdict: judgeNoAnswer(error, mask), leaveReason: 'lost' }
  const verdict = judgeProtocolError(error, mask)
  if (verdict !== null) return { verdict, leaveReason: null }
  const outcome = failure('crashed', 'its server ended before it answered')
  return { verdict: { outcome, detail: mask(String(error)) }, leaveReason: 'lost' }
}

/** The verdict on a server's error or malformed answer; null if the connection itself failed. */
function judgeProtocolError(error: unknown, mask: Mask): Verdict | null {
  if (error instanceof AnswerTooLarge) return { outcome: outputFailure() }
  if (error instanceof InsufficientScopeError) return judgeFailure('not_allowed', error.message, mask)
  if (error instanceof ProtocolError) {
    const code: number = error.code
    if (code === NO_ANSWER) return null
    if (code === TOO_LARGE) return { outcome: outputFailure() }
    const isInvalid = code === ProtocolErrorCode.InvalidParams && !/output schema/.test(error.message)
    return judgeFailure(isInvalid ? 'invalid_arguments' : 'failed', error.message, mask)
  }
  if (error instanceof Error && UNREADABLE_ERRORS.includes(error.name))
    return judgeFailure('failed', MALFORMED_ANSWER, mask)
  if (!(error instanceof SdkError) || CONNECTION_FAILURES.includes(error.code)) return null
  return judgeFailure('failed', error.message, mask)
}

/**
 * By the specification, an ended session is a 404; many servers answer 400 and name the session. Without a session, the status is about the
 * call.
 */
function judgeStatus({ status, message, data }: SdkHttpError, hasSession: boolean, mask: Mask): FailedCall {
  const text = typeof data.text === 'string' ? data.text : ''
  if (status >= 300 && status < 400) return { verdict: misconfiguration(mask(message)), leaveReason: null }
  const hasExpired = hasSession && (status === 404 || (status === 400 && /session/i.test(text)))
  return { verdict: judgeRefusal(status, text, mask), leaveReason: hasExpired ? 'expired' : null }
}

/** An error as text. The library's message may leave out the HTTP status, which is all there is if the answer has no body. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const isLeftOut = error instanceof SdkHttpError && !text.includes(String(error.status))
  return isLeftOut ? `HTTP ${error.status}: ${text}` : text
}

/** Whether a server answered with an internal error, or with what is no answer: by the specification, one that does not know the request. */
export function isUnexpectedAnswer(error: unknown): boolean {
  if (error instanceof SdkHttpError) return error.status >= 500
  const isOtherContent = error instanceof SdkError && error.code === SdkErrorCode.ClientHttpUnexpectedContent
  return isOtherContent || (error instanceof Error && UNREADABLE_ERRORS.includes(error.name))
}

/** Names of the errors for a body that is not JSON, or not a message. */
const UNREADABLE_ERRORS = ['SyntaxError', 'ZodError']

const CONNECTION_FAILURES: readonly string[] = [
  SdkErrorCode.NotConnected,
  SdkErrorCode.NotInitialized,
  SdkErrorCode.RequestTimeout,
  SdkErrorCode.ConnectionClosed,
  SdkErrorCode.SendFailed,
]
