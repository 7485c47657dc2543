/** Forms in which others name a variable of the environment: of shells, of templates, of Windows, of programs, and ours with a slip. */
const FOREIGN_REFERENCE =
  /\$?\$\{\{?(?!env:)\s*(?:(?:env|evn|ENV|process\.env|secrets?|vars)[.:]\s*)?([A-Za-z_]\w*)?([^}]*)\}(?:(?<=\$\{\{[^}]*\})\})?|\$([A-Z_][A-Z0-9_]+)(?![\w{])|%([A-Z_][A-Z0-9_]*)%|\{\{\s*(?:(?:env|ENV|secrets?)\.(\w+)|([A-Z][A-Z0-9_]+))\s*\}\}|\bprocess\.env\.(\w+)|\$\([^)]*\)/g

/** How long a value may be that is looked through, in characters: the time for one that opens braces without end grows with the square. */
const CHARACTERS_MAX = 2_000

/** What stands in a value as others would name a variable, and the value as it is written here; null where nothing does. */
interface ForeignReference {
  readonly found: string
  /** None where it is a command, which nobody runs. */
  readonly replacement: string | null
}

/** Where a value stands, as far as that decides what may be meant. */
interface ReferenceContext {
  /** An argument of a program: only the whole of it is taken for a reference. */
  readonly isArgument: boolean
  /** An address, in which % and two letters are a sign. */
  readonly isAddress: boolean
  /** What a request places in braces. */
  readonly parameters: readonly string[]
}

/** Looks for the first such form in a value. */
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

/** How long one reference may be that is mended, in characters. */
const REFERENCE_CHARACTERS_MAX = 200

/** The reference that braces with a slip in them are to be, such as `${env: NAME}`; null where they name nothing. */
export function fixReference(written: string): string | null {
  if (written.length > REFERENCE_CHARACTERS_MAX) return null
  const [, name, fallback] =
    /^\$\{\s*(?:[A-Za-z.]+\s*[:.]\s*)?([A-Za-z_]\w*)\s*(?::?\s*-\s*([^}]*?))?\s*\}$/.exec(written) ?? []
  if (name === undefined) return null
  return fallback === undefined ? `\${env:${name}}` : `\${env:${name}:-${fallback}}`
}

/** The reference in our form, with the default behind :- or -; itself where it is none, and null where it is a command. */
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
