import type { FailureKind } from '../../agent/tool.ts'
import type { Mask } from '../secret-mask.ts'
import { cutMessage } from '../tools/tool-answer.ts'
import {
  type AnswerFormat,
  failure,
  misconfiguration,
  outcomeOfText,
  outputFailure,
  type Verdict,
} from '../tools/tool-contract.ts'
import { errorMessageIn } from './error-message.ts'
import type { HttpAnswer } from './http-client.ts'
import type { NoAnswer } from './no-answer.ts'

/** What a server's answer means. Everything in the verdict is masked. */
export function judgeAnswer({ status, type, body }: HttpAnswer, mask: Mask, format: AnswerFormat): Verdict {
  const text = decode(body, type).trim()
  if (status < 200 || status > 299) return judgeRefusal(status, text, mask)
  const detail = `HTTP ${status}`
  if (text !== '' && !isText(type))
    return { outcome: failure('failed', `its answer is no text but ${mask(type)}`), detail }
  const outcome = outcomeOfText(text, mask, format)
  return outcome.status === 'ok' ? { outcome } : { outcome, detail }
}

/** What an answer means whose status is not a success. */
export function judgeRefusal(status: number, text: string, mask: Mask): Verdict {
  const kind = kindOf(status)
  const detail = `HTTP ${status}`
  const message = cutMessage(mask(errorMessageIn(text) ?? detail))
  return kind === 'misconfigured'
    ? misconfiguration(`${detail}: ${message}`)
    : { outcome: failure(kind, message), detail }
}

/** What it means that no answer came. */
export function judgeNoAnswer({ reason, message }: NoAnswer, mask: Mask): Verdict {
  const detail = mask(message)
  switch (reason) {
    case 'too large':
      return { outcome: outputFailure(), detail }
    case 'unreachable':
      return { outcome: failure('unavailable', 'the service did not answer'), detail }
    case 'encoded':
      return { outcome: failure('failed', 'its answer cannot be read'), detail }
    case 'private':
    case 'redirected':
    case 'refused':
      return misconfiguration(detail)
    default:
      return reason satisfies never
  }
}

/** A 401 is the operator's fault: the model can do nothing about it. */
function kindOf(status: number): FailureKind {
  switch (status) {
    case 400:
    case 422:
      return 'invalid_arguments'
    case 401:
    case 407:
      return 'misconfigured'
    case 403:
      return 'not_allowed'
    case 408:
    case 425:
    case 429:
      return 'unavailable'
    default:
      return status >= 500 && status <= 599 ? 'unavailable' : 'failed'
  }
}

function isText(type: string): boolean {
  return type === '' || /^\s*(text\/|application\/(.*\+)?(json|xml|yaml|x-ndjson|x-www-form-urlencoded)\b)/i.test(type)
}

function decode(body: Buffer, type: string): string {
  const charset = /charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    return body.toString('utf8')
  }
}
