/** Codes of the signs that structure a text. */
export const [NEWLINE, SPACE, QUOTE, HASH, APOSTROPHE, COMMA, DASH] = [10, 32, 34, 35, 39, 44, 45] as const
export const [GREATER, OPEN_LIST, CLOSE_LIST, OPEN_MAP, PIPE, CLOSE_MAP] = [62, 91, 93, 123, 124, 125] as const

const KEY = /[A-Za-z0-9_][\w./-]{0,127}(?=:(?: |\n|$))/y

/** The plain key that stands at an offset, before a colon; empty where none does. */
export function keyAt(text: string, offset: number): string {
  KEY.lastIndex = offset
  const key = KEY.test(text) ? text.slice(offset, KEY.lastIndex) : ''
  return key === '__proto__' ? '' : key
}

/** Whether an entry of a list begins at an offset. */
export function isDash(text: string, offset: number): boolean {
  return text.charCodeAt(offset) === DASH && isSpace(text, offset + 1)
}

function isSpace(text: string, offset: number): boolean {
  return text.charCodeAt(offset) === SPACE || isNewline(text, offset)
}

/** The end of the text is the end of a line. */
export function isNewline(text: string, offset: number): boolean {
  return offset >= text.length || text.charCodeAt(offset) === NEWLINE
}

export function skipSpaces(text: string, from: number): number {
  let offset = from
  while (text.charCodeAt(offset) === SPACE) offset += 1
  return offset
}

/** Whether nothing but a comment may follow. */
export function isLineEnd(text: string, offset: number): boolean {
  return isNewline(text, offset) || text.charCodeAt(offset) === HASH
}

/** Where the next line begins, or the end of the text. */
export function startOfNextLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from)
  return newline < 0 ? text.length : newline + 1
}
