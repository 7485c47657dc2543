import { type Line, lineAt, truncate } from './lines.ts'

/**
 * What to do where the first line of an item has become a comment, and the rest of it stands above a line, or begins there; null where no
 * such comment is above.
 */
export function commentedItemHelp(text: string, line: Line): string | null {
  for (let { start } = line; start > 0; ) {
    const above = lineAt(text, start - 1)
    const [, item] = /^#+\s*(- .*)$/.exec(above.content) ?? []
    if (item !== undefined)
      return `Remove the # before ${truncate(item)}, or comment out the rest of that item as well.`
    const isComment = above.content === '' || above.content.startsWith('#')
    if (!isComment && above.indent <= line.indent) return null
    start = above.start
  }
  return null
}
