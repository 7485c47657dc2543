import { authorPath, type Fault, type Path, pointerOf } from '../findings/fault.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'

interface HeaderPlace {
  readonly path: Path
  readonly parsed: ParsedFile
}

/** Headers about the transport of a request, which the runner sets itself. */
const RUNNER_HEADERS = /^(host|connection|content-length|transfer-encoding|accept-encoding)$/i

/** The fault of a header name that no request may have. `path` is that of `headers`. */
export function headerNameFault(name: string, { path, parsed }: HeaderPlace): Fault {
  const at = [...path, name]
  const fault = { rule: 'RV107', place: parsed.placeOf(at, 'key'), pointer: pointerOf(at), text: name } as const
  if (RUNNER_HEADERS.test(name))
    return { ...fault, message: `${name} in ${authorPath(path)} is for the runner to set`, help: 'Remove it.' }
  const right = name.trim().replaceAll(/[^!#$%&'*+.^_`|~0-9A-Za-z-]+/g, '-')
  const isName = /[A-Za-z]/.test(right)
  const help = isName ? `Write ${right}.` : 'A header is letters, digits and -, such as X-Shop.'
  const message = `${JSON.stringify(name)} in ${authorPath(path)} is no name of a header`
  return { ...fault, message, help, suggest: isName ? [right] : [] }
}
