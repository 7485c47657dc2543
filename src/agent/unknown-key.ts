import type { ErrorObject } from 'ajv'
import { type Fault, type Path, pointerOf, wordsOf } from './fault.ts'
import { nearest } from './nearest.ts'
import type { ParsedFile } from './parsed-file.ts'
import { LATER_WORDS, rightWordFor } from './wrong-words.ts'

/** The fault of a key that may not stand where it does. Where it is likely to be a word for one of ours, that one is told. */
export function unknownKey(path: Path, error: ErrorObject, parsed: ParsedFile): Fault {
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  const where = parent.length === 0 ? '' : ` in ${wordsOf(parent)}`
  const schema = error.parentSchema as { properties?: { [name: string]: unknown } }
  const known = Object.keys(schema.properties ?? {}).sort()
  const at = { place: parsed.placeOf(path, 'key'), pointer: pointerOf(path) }
  const right = rightWordFor(wordPath([...parent, key]), known)
  if (right !== null) {
    const message = `"${key}"${where} is ${right.isAtTop ? `${right.word}, at the top of the file` : `called ${right.word}`} here`
    const help = right.isAtTop ? `Move it to ${right.word}, at the top of the file.` : `Write ${right.word} instead.`
    return { rule: 'RV109', message, help, ...at, suggest: [right.word] }
  }
  const isOfOtherType = Object.values(schema.properties ?? {}).every((value) => value === true)
  if (isOfOtherType && known.length > 0) {
    const type = String((error.data as { type?: unknown }).type)
    const message = `${key} does not belong to ${wordsOf(parent)} of type ${type}`
    return { rule: 'RV108', message, help: `With type ${type} these may stand here: ${known.join(', ')}.`, ...at }
  }
  const suggest = nearest(key, known)
  if (suggest.length === 0 && LATER_WORDS.includes(key)) {
    const message = `"${key}"${where} is not supported by this version`
    return { rule: 'RV110', message, help: 'Remove it; a later version of the format will know it.', ...at }
  }
  const allowed = `Allowed here: ${known.join(', ')}.`
  const help = suggest[0] === undefined ? allowed : `Did you mean ${suggest[0]}? ${allowed}`
  return { rule: 'RV101', message: `unknown key "${key}"${where}`, help, ...at, text: key, suggest }
}

/** A path as the table of wrong words has it: `tools[].run`, whichever tool it is. */
function wordPath(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? '' : part))
    .join('.')
    .replace('..', '[].')
}
