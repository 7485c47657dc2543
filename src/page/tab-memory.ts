import type { TypedLine } from './typed-line.ts'

/** What a tab remembers over its own reload, and no other tab knows: its conversation, the token, and what nobody is known to have got. */
const CONVERSATION_KEY = 'runner.resume'
const TOKEN_KEY = 'runner.token'
const LINES_KEY = 'runner.lines'
const DRAFT_KEY = 'runner.draft'

/** The secret that finds the conversation of this tab again. */
export function recallConversation(): string | null {
  return recall(CONVERSATION_KEY)
}

export function rememberConversation(secret: string): void {
  remember(CONVERSATION_KEY, secret)
}

export function forgetConversation(): void {
  remember(CONVERSATION_KEY, '')
}

let remembered: readonly TypedLine[] = []

/** Lines that were typed: whether one that waited was said after all is known once the conversation is found again. */
export function recallLines(): readonly TypedLine[] {
  const lines = JSON.parse(recall(LINES_KEY) ?? '[]') as readonly TypedLine[]
  return lines.map((line) => (line.state === 'waiting' ? { ...line, state: 'said' } : line))
}

export function rememberLines(lines: readonly TypedLine[]): void {
  if (lines === remembered) return
  remembered = lines
  remember(LINES_KEY, lines.length === 0 ? '' : JSON.stringify(lines))
}

/** What stands in the box to type in. */
export function recallDraft(): string {
  return recall(DRAFT_KEY) ?? ''
}

export function rememberDraft(text: string): void {
  remember(DRAFT_KEY, text)
}

/** The token comes behind the # of the address, which no server sees, and is taken out of it at once. */
export function takeTokenFromAddress(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given === null) return null
  rememberToken(given)
  history.replaceState(null, '', location.pathname)
  return given
}

export function recallToken(): string | null {
  return recall(TOKEN_KEY)
}

export function rememberToken(token: string): void {
  remember(TOKEN_KEY, token)
}

/** Nothing is remembered as nothing. */
function remember(key: string, text: string): void {
  const storage = storageOfTab()
  try {
    if (text === '') storage?.removeItem(key)
    else storage?.setItem(key, text)
  } catch {
    // There is no room for it: what was there before is of no use.
    storage?.removeItem(key)
  }
}

function recall(key: string): string | null {
  return storageOfTab()?.getItem(key) ?? null
}

/** Null in a browser that keeps nothing, such as one that takes no cookies: what is on the page is then all there is. */
function storageOfTab(): Storage | null {
  try {
    return sessionStorage
  } catch {
    return null
  }
}
