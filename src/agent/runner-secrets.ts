/** The variable that holds the page's token. */
export const PAGE_TOKEN = 'RUNNER_TOKEN'

/** Which secret of the runner an agent file's variable holds, in words; undefined if none. No script or request may have one. */
export function runnerSecretIn(variable: unknown, data: unknown): string | undefined {
  if (variable === PAGE_TOKEN) return 'the token of the page'
  const { connection } = Object(data) as { readonly connection?: { readonly api_key_env?: unknown } | null }
  return variable === (connection?.api_key_env ?? 'INWORLD_API_KEY') ? 'the key of the service' : undefined
}
