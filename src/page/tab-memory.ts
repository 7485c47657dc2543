import type { TypedLine } from './typed-line.ts'

/** What a tab remembers across its own reload, unknown to other tabs: its conversation, the token, and lines that may not have arrived. */
const CONVERSATION_KEY = 'runner.resume'
const TOKEN_KEY = 'runner.token'
const LINES_KEY = 'runner.lines'
const DRAFT_KEY = 'runner.draft'

/** The secret that finds this tab's conversation again. */
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

/** The typed lines. Whether a waiting one was sent after all shows once the conversation is found again. */
export function recallLines(): readonly TypedLine[] {
  const lines = JSON.parse(recall(LINES_KEY) ?? '[]') as readonly TypedLine[]
  return lines.map((line) => (line.state === 'waiting' ? { ...line, state: 'said' } : line))
}

export function rememberLines(lines: readonly TypedLine[]): void {
  if (lines === remembered) return
  remembered = lines
  remember(LINES_KEY, lines.length === 0 ? '' : JSON.stringify(lines))
}

/** The text in the text box. */
export function recallDraft(): string {
  return recall(DRAFT_KEY) ?? ''
}

export function rememberDraft(text: string): void {
  remember(DRAFT_KEY, text)
}

/** The token comes after the # of the address, which no server sees, and is removed from it at once. */
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

/** Stores a text; an empty one is removed. */
function remember(key: string, text: string): void {
  const storage = storageOfTab()
  try {
    if (text === '') storage?.removeItem(key)
    else storage?.setItem(key, text)
  } catch {
    // There is no room for it, and the old text is of no use.
    storage?.removeItem(key)
  }
}

function recall(key: string): string | null {
  return storageOfTab()?.getItem(key) ?? null
}

/** Null in a browser that stores nothing, such as one without cookies: only what is on the page is kept. */
function storageOfTab(): Storage | null {
  try {
    return sessionStorage
  } catch {
    return null
  }
}
