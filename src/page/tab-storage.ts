import type { TypedLine } from './typed-line.ts'

/** What a tab remembers across its own reload, unknown to other tabs: its conversation, the token, and lines that may not have arrived. */
const CONVERSATION_KEY = 'runner.resume'
const TOKEN_KEY = 'runner.token'
const LINES_KEY = 'runner.lines'
const DRAFT_KEY = 'runner.draft'

/** The secret that finds this tab's conversation again. */
export function loadConversation(): string | null {
  return load(CONVERSATION_KEY)
}

export function storeConversation(secret: string): void {
  store(CONVERSATION_KEY, secret)
}

export function removeConversation(): void {
  store(CONVERSATION_KEY, '')
}

let storedLines: readonly TypedLine[] = []

/** The typed lines. Whether a waiting one was sent after all shows once the conversation is found again. */
export function loadLines(): readonly TypedLine[] {
  const lines = JSON.parse(load(LINES_KEY) ?? '[]') as readonly TypedLine[]
  return lines.map((line) => (line.state === 'waiting' ? { ...line, state: 'said' } : line))
}

export function storeLines(lines: readonly TypedLine[]): void {
  if (lines === storedLines) return
  storedLines = lines
  store(LINES_KEY, lines.length === 0 ? '' : JSON.stringify(lines))
}

/** The text in the text box. */
export function loadDraft(): string {
  return load(DRAFT_KEY) ?? ''
}

export function storeDraft(text: string): void {
  store(DRAFT_KEY, text)
}

/** The token comes after the # of the address, which no server sees, and is removed from it at once. */
export function takeTokenFromAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return null
  storeToken(token)
  history.replaceState(null, '', location.pathname)
  return token
}

export function loadToken(): string | null {
  return load(TOKEN_KEY)
}

export function storeToken(token: string): void {
  store(TOKEN_KEY, token)
}

/** Stores a text; an empty one is removed. */
function store(key: string, text: string): void {
  const storage = storageOfTab()
  try {
    if (text === '') storage?.removeItem(key)
    else storage?.setItem(key, text)
  } catch {
    // There is no room for it, and the old text is of no use.
    storage?.removeItem(key)
  }
}

function load(key: string): string | null {
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
