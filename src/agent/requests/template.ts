/** A piece of a template: words as they stand, an argument by name, or a variable of the environment. */
type Piece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'argument'; readonly name: string }
  | { readonly type: 'variable'; readonly name: string; readonly fallback: string | undefined }

/** What stands behind `${env:` where it names a variable: the name, and a default, which is text alone. */
export const VARIABLE = /([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\}/.source

const PIECES = new RegExp(String.raw`\$\$\{env:|\$\{env:${VARIABLE}|\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_-]*)\}`, 'g')

/** `{name}` is an argument, `${env:NAME}` a variable; `{{`, `}}` and `$${env:` are the text itself. */
function piecesOf(template: string): readonly Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of template.matchAll(PIECES)) {
    const [found, variable, fallback, argument] = match
    if (match.index > end) pieces.push({ type: 'text', text: template.slice(end, match.index) })
    if (argument !== undefined) pieces.push({ type: 'argument', name: argument })
    else if (variable !== undefined) pieces.push({ type: 'variable', name: variable, fallback: fallback })
    else pieces.push({ type: 'text', text: found.slice(1) })
    end = match.index + found.length
  }
  if (end < template.length) pieces.push({ type: 'text', text: template.slice(end) })
  return pieces
}

/** Names of the arguments that a template places. */
export function argumentsIn(template: string): readonly string[] {
  return piecesOf(template).flatMap((piece) => (piece.type === 'argument' ? [piece.name] : []))
}

/** The values that arguments and variables have in one call; undefined for what is not given. */
export interface Values {
  argument(name: string): string | undefined
  variable(name: string): string | undefined
}

/** A template with its pieces put in; undefined where an argument or a variable of it is not given. */
export function fillTemplate(template: string, values: Values): string | undefined {
  const parts = piecesOf(template).map((piece) => {
    switch (piece.type) {
      case 'text':
        return piece.text
      case 'argument':
        return values.argument(piece.name)
      case 'variable':
        return values.variable(piece.name) || piece.fallback
      default:
        return piece satisfies never
    }
  })
  return parts.includes(undefined) ? undefined : parts.join('')
}

/** Names of the variables that a template reads. */
export function variablesIn(template: string): readonly string[] {
  return piecesOf(template).flatMap((piece) => (piece.type === 'variable' ? [piece.name] : []))
}

/** The first variable that a template wants and nobody gives. */
export function firstUnset(template: string, variable: Values['variable']): string | undefined {
  const unset = piecesOf(template).find((piece) => {
    return piece.type === 'variable' && !variable(piece.name) && piece.fallback === undefined
  })
  return unset?.type === 'variable' ? unset.name : undefined
}
