type Part = { readonly [key: string]: unknown }

/** The words of a part of an item, and what they are: the transcript of sound, or text to be read. */
export function partWords(part: Part): { readonly source: 'transcript' | 'text'; readonly text: string } | null {
  const { transcript, text } = part
  if (typeof transcript === 'string') return { source: 'transcript', text: transcript }
  return typeof text === 'string' ? { source: 'text', text } : null
}
