import type { TypedLine } from './typed-line.ts'

/** What a tab remembers over its own reload, and no other tab knows: its conversation, the token, and what nobody is known to have got. */
const CONVERSATION_KEY = 'runner.resume'
const TOKEN_KEY = 'runner.token'
const LINES_KEY = 'runner.lines'
const DRAFT_KEY = 'runner.draft'

/** The secret that finds the conversation of this tab again. */
export function recallConversation(): string | null {
  return sessionStorage.getItem(CONVERSATION_KEY)
}

export function rememberConversation(secret: string): void {
  sessionStorage.setItem(CONVERSATION_KEY, secret)
}

export function forgetConversation(): void {
  sessionStorage.removeItem(CONVERSATION_KEY)
}

let remembered: readonly TypedLine[] = []

/** Lines that were typed: whether one that waited was said after all is known once the conversation is found again. */
export function recallLines(): readonly TypedLine[] {
  const lines = JSON.parse(sessionStorage.getItem(LINES_KEY) ?? '[]') as readonly TypedLine[]
  return lines.map((line) => (line.state === 'waiting' ? { ...line, state: 'said' } : line))
}

export function rememberLines(lines: readonly TypedLine[]): void {
  if (lines === remembered) return
  remembered = lines
  remember(LINES_KEY, lines.length === 0 ? '' : JSON.stringify(lines))
}

/** What stands in the box to type in. */
export function recallDraft(): string {
  return sessionStorage.getItem(DRAFT_KEY) ?? ''
}

export function rememberDraft(text: string): void {
  remember(DRAFT_KEY, text)
}

/** Nothing is remembered as nothing. A browser may have no room for more: then the words are on the page alone, as they would be without. */
function remember(key: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, text)
  } catch {
    sessionStorage.removeItem(key)
  }
}

/** The token comes behind the # of the address, which no server sees, and is taken out of it at once. */
export function takeToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given !== null) {
    rememberToken(given)
    history.replaceState(null, '', location.pathname)
  }
  return sessionStorage.getItem(TOKEN_KEY)
}

export function rememberToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token)
}
