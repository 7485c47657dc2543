/**
 * Parses JSON, but keeps numbers as they were written where JavaScript would round them or write them otherwise: `JSON.stringify` puts them
 * back. Older browsers cannot do that, and round.
 */
export function parseExactly(text: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON?: (source: string) => unknown }
  if (rawJSON === undefined) return JSON.parse(text)
  return JSON.parse(text, (_key, value, context?: { readonly source?: string }) => {
    const source = context?.source
    return typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value
  })
}
