import {
  InsufficientScopeError,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
} from '@modelcontextprotocol/client'
import { judgeRefusal, judgeSilence } from '../http/http-verdict.ts'
import { NoAnswer } from '../http/no-answer.ts'
import type { Mask } from '../secret-mask.ts'
import { failure, judgeFailure, misconfigured, tooMuchOutput, type Verdict } from '../tools/tool-contract.ts'
import { AnswerTooLarge, NO_ANSWER, NONSENSE, TOO_LARGE } from './mcp-no-answer.ts'

/** A call that has no result. */
export interface FailedCall {
  readonly verdict: Verdict
  /** Why its connection is to be left: it is lost, or the server knows its session no more and has not taken the call. */
  readonly left: 'lost' | 'expired' | null
}

/** What an error of a call means, of one in a session of the server's or of one without. Everything in the verdict has been masked. */
export function judgeError(error: unknown, hasSession: boolean, mask: Mask): FailedCall {
  if (error instanceof SdkHttpError) return judgeStatus(error, hasSession, mask)
  if (error instanceof NoAnswer) return { verdict: judgeSilence(error, mask), left: 'lost' }
  const verdict = judgeWord(error, mask)
  if (verdict !== null) return { verdict, left: null }
  const outcome = failure('crashed', 'its server ended before it answered')
  return { verdict: { outcome, detail: mask(String(error)) }, left: 'lost' }
}

/** The server's word on the call, or its nonsense; null where the connection itself failed. */
function judgeWord(error: unknown, mask: Mask): Verdict | null {
  if (error instanceof AnswerTooLarge) return { outcome: tooMuchOutput() }
  if (error instanceof InsufficientScopeError) return judgeFailure('not_allowed', error.message, mask)
  if (error instanceof ProtocolError) {
    const code: number = error.code
    if (code === NO_ANSWER) return null
    if (code === TOO_LARGE) return { outcome: tooMuchOutput() }
    const isInvalid = code === ProtocolErrorCode.InvalidParams && !/output schema/.test(error.message)
    return judgeFailure(isInvalid ? 'invalid_arguments' : 'failed', error.message, mask)
  }
  if (error instanceof Error && UNREADABLE.includes(error.name)) return judgeFailure('failed', NONSENSE, mask)
  if (!(error instanceof SdkError) || CONNECTION_FAILURES.includes(error.code)) return null
  return judgeFailure('failed', error.message, mask)
}

/** By the specification a session that has ended is a 404; many servers say 400, with the word. Without a session it is a word on the call. */
function judgeStatus({ status, message, data }: SdkHttpError, hasSession: boolean, mask: Mask): FailedCall {
  const text = typeof data.text === 'string' ? data.text : ''
  if (status >= 300 && status < 400) return { verdict: misconfigured(mask(message)), left: null }
  const hasExpired = hasSession && (status === 404 || (status === 400 && /session/i.test(text)))
  return { verdict: judgeRefusal(status, text, mask), left: hasExpired ? 'expired' : null }
}

/** An error in words; the library's own leave out the status of an answer, and are all that there is where it has no body. */
export function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error)
  const isLeftOut = error instanceof SdkHttpError && !words.includes(String(error.status))
  return isLeftOut ? `HTTP ${error.status}: ${words}` : words
}

/** Names of the errors of a body that is no JSON, or no message. */
const UNREADABLE = ['SyntaxError', 'ZodError']

const CONNECTION_FAILURES: readonly string[] = [
  SdkErrorCode.NotConnected,
  SdkErrorCode.NotInitialized,
  SdkErrorCode.RequestTimeout,
  SdkErrorCode.ConnectionClosed,
  SdkErrorCode.SendFailed,
]
