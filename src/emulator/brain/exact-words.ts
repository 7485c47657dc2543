/** The exact words that a response's own instructions order; null if they order none. */
export function exactWords(instructions: string | null): string | null {
  const last = [...(instructions ?? '').matchAll(SAY_EXACTLY)].at(-1)
  if (instructions === null || last === undefined) return null
  const rest = instructions.slice(last.index + last[0].length)
  const from = rest.search(/["“«]/)
  if (from === -1) return rest.replace(/^[^:]*:\s*/, '').trim() || null
  const to = Math.max(rest.lastIndexOf('"'), rest.lastIndexOf('”'), rest.lastIndexOf('»'))
  return (to > from ? rest.slice(from + 1, to) : rest.slice(from + 1)).trim() || null
}

/** Such as "Say exactly these words …:", "Repeat verbatim:", "say the following word for word". */
const SAY_EXACTLY = /\b(?:say|speak|repeat|read)\b[^"“«\n.]{0,40}?\b(?:exactly|verbatim|word for word|these words)\b/gi
