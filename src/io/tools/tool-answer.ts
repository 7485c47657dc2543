/** The longest message of a failure, in characters. */
const MESSAGE_CHARACTERS_MAX = 300

/** Text as one line for the model. */
export function cutMessage(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()]
  if (characters.length <= MESSAGE_CHARACTERS_MAX) return characters.join('')
  return `${characters.slice(0, MESSAGE_CHARACTERS_MAX - 1).join('')}…`
}

/** Cuts text to at most `bytesMax`, between characters; the marker is included. */
export function cutOutput(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text
  const bytes = Buffer.from(text)
  const marker = `\n[cut: this is the beginning of ${bytes.length} bytes]`
  let end = bytesMax - Buffer.byteLength(marker)
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end) + marker
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON without whitespace between its tokens; strings and numbers stay as written. */
export function minifyJson(json: string): string {
  return json.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, (_, string: string | undefined) => string ?? '')
}

/** A text that is one JSON object, parsed; null if it is anything else. */
export function parseObject(text: string): { readonly [key: string]: unknown } | null {
  if (!text.trimStart().startsWith('{')) return null
  try {
    return JSON.parse(text.trim())
  } catch {
    return null
  }
}
