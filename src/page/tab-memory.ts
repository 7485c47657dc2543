/** What a tab remembers over its own reload, and no other tab knows: which conversation it has, and the token. */
const CONVERSATION_KEY = 'runner.resume'
const TOKEN_KEY = 'runner.token'

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
