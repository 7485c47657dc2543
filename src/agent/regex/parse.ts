/** A pattern as a tree. `atom` is what one character may be, in the pattern's own words. */
export type Pattern =
  | { readonly type: 'atom'; readonly source: string }
  | { readonly type: 'sequence' | 'alternation'; readonly parts: readonly Pattern[] }
  | { readonly type: 'repetition'; readonly part: Pattern; readonly min: number; readonly max: number }
  | { readonly type: 'assertion'; readonly edge: '^' | '$' | 'b' | 'B' }
  | { readonly type: 'lookahead'; readonly part: Pattern; readonly isNegative: boolean }

/** How deep groups may lie in one another. */
const DEPTH_MAX = 64

/** What a pattern asks for that cannot be told in time that grows with the text alone. */
export class UnboundedPattern extends Error {}

/** Reads a pattern that is known to be a valid regular expression with the flag `u`. */
export function parsePattern(source: string): Pattern {
  const characters = [...source]
  let at = 0
  let depth = 0
  return readAlternation()

  function readAlternation(): Pattern {
    if (depth > DEPTH_MAX) throw new UnboundedPattern(`has groups more than ${DEPTH_MAX} deep`)
    const parts = [readSequence()]
    while (characters[at] === '|') {
      at += 1
      parts.push(readSequence())
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { type: 'alternation', parts }
  }

  function readSequence(): Pattern {
    const parts: Pattern[] = []
    while (at < characters.length && characters[at] !== '|' && characters[at] !== ')') parts.push(readQuantified())
    return { type: 'sequence', parts }
  }

  function readQuantified(): Pattern {
    const part = readAtom()
    const [min, max] = readQuantifier()
    return min === 1 && max === 1 ? part : { type: 'repetition', part, min, max }
  }

  function readQuantifier(): readonly [number, number] {
    const counts = { '*': [0, Number.POSITIVE_INFINITY], '+': [1, Number.POSITIVE_INFINITY], '?': [0, 1] } as const
    const sign = characters[at] ?? ''
    let count: readonly [number, number] = [1, 1]
    if (sign === '*' || sign === '+' || sign === '?') {
      count = counts[sign]
      at += 1
    } else if (sign === '{') {
      const close = characters.indexOf('}', at)
      const [least = '', most] = characters
        .slice(at + 1, close)
        .join('')
        .split(',')
      count = [
        Number(least),
        most === undefined ? Number(least) : most === '' ? Number.POSITIVE_INFINITY : Number(most),
      ]
      at = close + 1
    } else return count
    if (characters[at] === '?') at += 1
    return count
  }

  function readAtom(): Pattern {
    const character = characters[at] ?? ''
    if (character === '(') return readGroup()
    if (character === '^' || character === '$') {
      at += 1
      return { type: 'assertion', edge: character }
    }
    const from = at
    at += 1
    if (character === '[') {
      for (; characters[at] !== ']'; at += 1) if (characters[at] === '\\') at += 1
      at += 1
    } else if (character === '\\') return readEscape()
    return { type: 'atom', source: characters.slice(from, at).join('') }
  }

  function readEscape(): Pattern {
    const rest = characters.slice(at, at + 40).join('')
    const kind = rest[0] ?? ''
    if (kind === 'b' || kind === 'B') {
      at += 1
      return { type: 'assertion', edge: kind }
    }
    if (/^[1-9k]/.test(rest)) throw new UnboundedPattern('refers back to what it matched')
    const escaped =
      /^(u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|u\{\w+\}|u\w{4}|x\w\w|c\w|[pP]\{[^}]*\}|[\s\S])/u.exec(rest)?.[0] ?? ''
    at += [...escaped].length
    return { type: 'atom', source: `\\${escaped}` }
  }

  function readGroup(): Pattern {
    const head = /^\((\?(?:[:=!]|<[=!]|<[^>]+>)?)?/.exec(characters.slice(at, at + 80).join(''))?.[0] ?? '('
    if (head === '(?<=' || head === '(?<!') throw new UnboundedPattern('looks back')
    if (head === '(?') throw new UnboundedPattern('changes its flags')
    at += [...head].length
    depth += 1
    const part = readAlternation()
    depth -= 1
    at += 1
    return head === '(?=' || head === '(?!' ? { type: 'lookahead', part, isNegative: head === '(?!' } : part
  }
}
