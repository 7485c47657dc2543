/** How deep maps and lists may lie in one another. */
export const DEPTH_MAX = 64

/** Whether a text is nested so deep that the parser, which recurses, should not see it: a cheap look ahead. */
export function looksTooDeep(text: string): boolean {
  let depth = 0
  for (const character of text.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '')) {
    if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
    if (depth > DEPTH_MAX * 4) return true
  }
  return /^ {1024}/m.test(text)
}
