/** The exact words that a response's own instructions order; null if they order none. */
export function exactWords(order: string | null): string | null {
  const last = [...(order ?? '').matchAll(ORDER)].at(-1)
  if (order === null || last === undefined) return null
  const rest = order.slice(last.index + last[0].length)
  const from = rest.search(/["“«]/)
  if (from === -1) return rest.replace(/^[^:]*:\s*/, '').trim() || null
  const to = Math.max(rest.lastIndexOf('"'), rest.lastIndexOf('”'), rest.lastIndexOf('»'))
  return (to > from ? rest.slice(from + 1, to) : rest.slice(from + 1)).trim() || null
}

/** Such as "Say exactly these words …:", "Repeat verbatim:", "say the following word for word". */
const ORDER = /\b(?:say|speak|repeat|read)\b[^"“«\n.]{0,40}?\b(?:exactly|verbatim|word for word|these words)\b/gi
