import type { FileState } from '../load-request.ts'

/**
 * How long a path may be, in characters: no system allows a longer one, and normalizing one takes time that grows with the square of its
 * length.
 */
const PATH_CHARACTERS_MAX = 4_096

/**
 * Why what was written is no path of a file: it is too long for one, or nothing stands there and it looks like something that others fill in or
 * fetch. `what` goes on behind it.
 */
export function pathProblem(
  writtenPath: string,
  found: FileState['kind'],
): { readonly what: string; readonly help: string } | null {
  if (writtenPath.length > PATH_CHARACTERS_MAX) {
    return {
      what: `has more than ${PATH_CHARACTERS_MAX} characters`,
      help: 'Write a shorter path: no system takes this one.',
    }
  }
  if (found !== 'absent') return null
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(writtenPath)) {
    return { what: 'is an address', help: 'Name a file of this project: nothing is fetched.' }
  }
  if (writtenPath === '~' || writtenPath.startsWith('~/')) {
    return { what: 'begins with ~, which only a shell fills in', help: 'Write the path itself, relative to this file.' }
  }
  if (writtenPath.includes('*')) {
    return { what: 'holds a wildcard, which nobody fills in', help: 'Name the file itself.' }
  }
  if (/^[^\s/]+[\t\n\r\v\f\b][^\s/]/.test(writtenPath) && !writtenPath.includes(' ')) {
    const right = writtenPath.replaceAll(/[\t\n\r\v\f\b\\]/g, (sign) => `/${ESCAPES[sign] ?? ''}`)
    const what = 'has a sign in it for which \\t or \\n stands in double quotes'
    return { what, help: `Write ${right}.` }
  }
  if (/^[A-Za-z]:[\\/]/.test(writtenPath)) {
    return { what: 'begins with a drive', help: 'Write the path from this file on, with / between its folders.' }
  }
  if (writtenPath.includes('\\')) {
    return { what: 'has backslashes', help: `Write ${writtenPath.replaceAll('\\', '/')}.` }
  }
  return null
}

/** The letter of the escape for each control character. */
const ESCAPES: { readonly [sign: string]: string } = {
  '\t': 't',
  '\n': 'n',
  '\r': 'r',
  '\v': 'v',
  '\f': 'f',
  '\b': 'b',
}
