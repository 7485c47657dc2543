import { readsVariables } from '../composition/environment.ts'
import { authorPath, type Fault, type Path, pointerOf } from '../findings/fault.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { findSecrets } from '../secrets.ts'

/** Things that look like keys, anywhere in a file: in values, keys and comments. */
export function secretFaults(parsed: ParsedFile): readonly Fault[] {
  return findSecrets(parsed.text).map(({ start, end }) => {
    const path = pathAt(parsed, start)
    const message = `${path.length === 0 ? 'something here' : authorPath(path)} looks like a key`
    const here = readsVariables(path) ? `write \${env:NAME} in its place` : 'name the variable here'
    const toVariable = `Put it into an environment variable, and ${here}; replace a key that others have seen.`
    const help = path[0] === 'instructions' ? PROMPT_HELP : toVariable
    const key = parsed.placeOf(path, 'key')
    return { rule: 'RV401', message, help, place: parsed.placeAt(start, end), pointer: pointerOf(path), key }
  })
}

/** The same in a prompt that has a file of its own. */
export function secretFaultsInPrompt(
  text: string,
  locate: (start: number, end: number) => Fault['place'],
): readonly Fault[] {
  return findSecrets(text).map(({ start, end }) => {
    return {
      rule: 'RV401',
      message: 'something in the prompt looks like a key',
      help: PROMPT_HELP,
      place: locate(start, end),
      pointer: '/instructions_file',
    }
  })
}

const PROMPT_HELP =
  'The model can be talked into telling what it knows: remove it, and replace it if others have seen it.'

/** The path of the innermost value around an offset. */
function pathAt(parsed: ParsedFile, offset: number): Path {
  let found: Path = []
  for (const { path, place } of parsed.paths()) {
    if (path.length > found.length && place.start.offset <= offset && offset < place.end.offset) found = path
  }
  return found
}
