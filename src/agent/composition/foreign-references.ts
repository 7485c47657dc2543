/** References to environment variables in other syntaxes: of shells, templates, Windows and programs, and ours misspelt. */
const FOREIGN_REFERENCE =
  /\$?\$\{\{?(?!env:)\s*(?:(?:env|evn|ENV|process\.env|secrets?|vars)[.:]\s*)?([A-Za-z_]\w*)?([^}]*)\}(?:(?<=\$\{\{[^}]*\})\})?|\$([A-Z_][A-Z0-9_]+)(?![\w{])|%([A-Z_][A-Z0-9_]*)%|\{\{\s*(?:(?:env|ENV|secrets?)\.(\w+)|([A-Z][A-Z0-9_]+))\s*\}\}|\bprocess\.env\.(\w+)|\$\([^)]*\)/g

/** How long a value may be that is searched, in characters: the time grows with the square of the number of open braces. */
const CHARACTERS_MAX = 2_000

/** The first foreign reference in a value, and the value with all of them in our syntax. */
interface ForeignReference {
  readonly found: string
  /** Null for a command, since none is run. */
  readonly replacement: string | null
}

/** What the place of a value says about what may be meant. */
interface ReferenceContext {
  /** An argument of a program: only the whole of it is taken for a reference. */
  readonly isArgument: boolean
  /** An address, in which % begins an encoded character. */
  readonly isAddress: boolean
  /** Names that a request has as placeholders. */
  readonly parameters: readonly string[]
}

/** Finds the first foreign reference in a value; null if there is none. */
export function findForeignReference(written: string, context: ReferenceContext): ForeignReference | null {
  if (written.length > CHARACTERS_MAX) return null
  const translate = (match: readonly (string | undefined)[]) => toOwnSyntax(match, context)
  const matches = [...written.matchAll(FOREIGN_REFERENCE)].filter((match) => translate(match) !== match[0])
  const [first] = matches
  if (first === undefined || (context.isArgument && first[0] !== written)) return null
  if (matches.some((match) => translate(match) === null)) return { found: first[0], replacement: null }
  const right = written.replaceAll(FOREIGN_REFERENCE, (...match) => translate(match.slice(0, -2) as string[]) ?? '')
  return { found: first[0], replacement: right }
}

/** How long a reference may be that is fixed, in characters. */
const REFERENCE_CHARACTERS_MAX = 200

/** The right spelling of an invalid reference such as `${env: NAME}`; null if it names no variable. */
export function fixReference(written: string): string | null {
  if (written.length > REFERENCE_CHARACTERS_MAX) return null
  const [, name, fallback] =
    /^\$\{\s*(?:[A-Za-z.]+\s*[:.]\s*)?([A-Za-z_]\w*)\s*(?::?\s*-\s*([^}]*?))?\s*\}$/.exec(written) ?? []
  if (name === undefined) return null
  return fallback === undefined ? `\${env:${name}}` : `\${env:${name}:-${fallback}}`
}

/** The reference in our syntax, with its default; unchanged if it is no reference, null if it is a command. */
function toOwnSyntax(
  match: readonly (string | undefined)[],
  { isAddress, parameters }: ReferenceContext,
): string | null {
  const [found = '', braced, rest = '', bare, percent, template, upperCase, program] = match
  if (found.startsWith('$$') || (isAddress && percent !== undefined)) return found
  const name = braced ?? bare ?? percent ?? template ?? upperCase ?? program
  if (name === undefined) return null
  if (parameters.includes(name)) return `{${name}}`
  const [, fallback] = /^\s*:?-(.*)$/s.exec(rest) ?? []
  return fallback === undefined ? `\${env:${name}}` : `\${env:${name}:-${fallback}}`
}
