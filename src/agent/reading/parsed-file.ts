import type { Place, Position } from '../findings/diagnostic.ts'
import { type Fault, type Path, pointerOf } from '../findings/fault.ts'
import type { YamlDocument } from '../parse.ts'
import { readPlainYaml } from '../plain-yaml/read.ts'
import type { RuleId } from '../rules.ts'
import { positionFinder } from './positions.ts'
import { readWithRecovery } from './recovery.ts'
import type { MakeFault, Span, ValueSpan } from './spans.ts'
import { decodeUtf8 } from './utf8.ts'

/** The largest file that is read, in bytes. */
export const FILE_BYTES_MAX = 262_144

/** One YAML file as plain data, with the place of every value in it. */
export interface ParsedFile {
  readonly file: string
  readonly text: string
  readonly data: unknown
  readonly faults: readonly Fault[]
  /** Place of the key or value at a path; of the nearest parent that is there. */
  placeOf(path: Path, part: 'key' | 'value'): Place
  /** The place of a stretch of the text. */
  placeAt(start: number, end: number): Place
  /** Whether a point lies in a value's text, where `#` begins no comment. */
  isText(offset: number): boolean
  /** Every path that the file holds, with its place. */
  paths(): readonly { readonly path: Path; readonly place: Place }[]
}

/** Files parsed last that are remembered: a load asks for files in rounds, and looks at the same bytes in each. Most agents have fewer. */
const RECENT_MAX = 16
/** No weak map: the engine takes its values for alive until it looks through the whole heap, so that a thousand files pile up. */
const recent: { readonly bytes: Uint8Array; readonly parsed: ParsedFile }[] = []

/** Reads bytes as YAML 1.2. Never throws: what cannot be read is a fault, and `data` is then undefined. */
export function parseFile(file: string, bytes: Uint8Array): ParsedFile {
  const known = recent.find((entry) => entry.bytes === bytes && entry.parsed.file === file)
  if (known !== undefined) return known.parsed
  const parsed = parse(file, bytes)
  recent.push({ bytes, parsed })
  if (recent.length > RECENT_MAX) recent.shift()
  return parsed
}

function parse(file: string, bytes: Uint8Array): ParsedFile {
  const decoded = decodeText(bytes)
  const text = decoded.text
  let positions: ((offset: number) => Position) | undefined
  function placeAt(start: number, end: number): Place {
    positions ??= positionFinder(text)
    return { file, start: positions(start), end: positions(Math.max(start, end)) }
  }
  const makeFault: MakeFault = (rule, message, help, at, path = []) => {
    return { rule, message, help, place: placeAt(...at), pointer: pointerOf(path) }
  }
  const { data, faults, spans }: YamlDocument =
    decoded.fault === null
      ? readText(text, makeFault)
      : { data: undefined, faults: [makeFault(...decoded.fault, [text.length, text.length])], spans: () => [] }

  let byPointer: ReadonlyMap<string, ValueSpan> | undefined
  function placeOf(path: Path, part: 'key' | 'value'): Place {
    byPointer ??= indexByPointer(spans())
    for (let length = path.length; length >= 0; length -= 1) {
      const value = byPointer.get(pointerOf(path.slice(0, length)))
      if (value !== undefined) return placeAt(...((part === 'key' ? value.keySpan : null) ?? trimmedEnd(value.span)))
    }
    return placeAt(0, 0)
  }

  /** What is written in several lines takes its last line end with it, which belongs to what follows. */
  function trimmedEnd([start, end]: Span): Span {
    let last = end
    while (last > start && /\s/.test(text[last - 1] ?? '')) last -= 1
    return [start, last]
  }

  const isText = (offset: number) =>
    spans().some(({ span: [start, end], isText }) => isText && offset >= start && offset < end)
  const paths = () => [...indexByPointer(spans()).values()].map(({ path, span }) => ({ path, place: placeAt(...span) }))
  return { file, text, data, faults, placeOf, placeAt, isText, paths }
}

function readText(text: string, makeFault: MakeFault): YamlDocument {
  const tree = readPlainYaml(text)
  return tree === null ? readWithRecovery(text, makeFault) : { ...tree, faults: [] }
}

/** What is read twice, because it has a name, stands at the first of its places. */
function indexByPointer(spans: readonly ValueSpan[]): ReadonlyMap<string, ValueSpan> {
  const byPointer = new Map<string, ValueSpan>()
  for (const span of spans) {
    const pointer = pointerOf(span.path)
    if (!byPointer.has(pointer)) byPointer.set(pointer, span)
  }
  return byPointer
}

function decodeText(bytes: Uint8Array): { text: string; fault: readonly [RuleId, string, string] | null } {
  if (bytes.byteLength > FILE_BYTES_MAX) {
    const message = `the file has more than ${FILE_BYTES_MAX} bytes, which is all that is read of one`
    return { text: '', fault: ['RV007', message, 'Move long prompts into an instructions_file.'] }
  }
  const decoded = decodeUtf8(bytes)
  // One that stands alone ends a line as well, and nobody below knows that; all offsets stay.
  if (decoded.text !== undefined) return { text: decoded.text.replaceAll(/\r(?!\n)/g, '\n'), fault: null }
  return { text: decoded.readable, fault: ['RV001', decoded.message, 'Save the file as UTF-8.'] }
}
