import type { ServiceError } from '../../realtime/server-event.ts'

/**
 * What an error of the service means for a live session. `fatal` ends the conversation; `expired` and `later` end only this session; `rate
 * limited` passes after a while; `busy`, `nothing to cancel` and `too late` answer a request of ours that was overtaken by events, and do
 * no harm.
 */
type ErrorKind = 'fatal' | 'expired' | 'later' | 'rate limited' | 'busy' | 'nothing to cancel' | 'too late' | 'other'

/** The kind of an error, by its code, else by its words: codes are often absent. */
export function kindOfError({ code, message }: Pick<ServiceError, 'code' | 'message'>): ErrorKind {
  const byCode = code === null ? undefined : TABLE.find(({ codes }) => codes.includes(code))
  return (byCode ?? TABLE.find(({ words }) => words?.test(message)))?.kind ?? 'other'
}

interface Row {
  readonly kind: ErrorKind
  readonly codes: readonly string[]
  readonly words?: RegExp
}

/** Sources: the error tables of OpenAI and Inworld, and the codes that their integrations ran into. */
const TABLE: readonly Row[] = [
  {
    kind: 'fatal',
    codes: [
      'invalid_api_key',
      'insufficient_quota',
      'account_deactivated',
      'billing_hard_limit_reached',
      'SESSION_TOKEN_INVALID',
      'BILLING_TOKENS_EXHAUSTED',
      'ACCOUNT_DISABLED',
      'beta_api_shape_disabled',
    ],
    words: /invalid authorization credentials/i,
  },
  {
    kind: 'expired',
    codes: ['session_expired', 'SESSION_EXPIRED', 'AUDIO_SESSION_EXPIRED', 'SESSION_TOKEN_EXPIRED', 'SESSION_INVALID'],
  },
  { kind: 'later', codes: ['SESSION_RESOURCES_EXHAUSTED'] },
  { kind: 'rate limited', codes: ['rate_limit_exceeded'], words: /rate limit|too many requests/i },
  { kind: 'nothing to cancel', codes: ['response_cancel_not_active'], words: /no active response/i },
  { kind: 'busy', codes: ['conversation_already_has_active_response'], words: /active response/i },
  {
    kind: 'too late',
    codes: ['item_truncate_invalid_item_id', 'item_delete_invalid_item_id'],
    words: /already shorter than|can be truncated|error (truncat|delet)ing item/i,
  },
]
